import { mns, type RunningServer } from '@millrace/testkit';
import { base64 } from './tasks.ts';

const NAMESPACE = 'xmlns="http://mns.aliyuncs.com/doc/v1/"';

/** At the end of a process string: the end of its task goes to the queue that `announcement` listens at. */
export const ANNOUNCED = `/notify,topic_${base64('bench-topic')}`;

async function tell(server: RunningServer, path: string, body: string): Promise<void> {
  const { status, text } = await mns(server, { method: 'PUT', path, body: `<?xml version="1.0"?>${body}` });
  if (status > 299) throw new Error(`PUT ${path}: ${status} ${text}`);
}

/** A topic, and a queue that hears it. */
export async function prepareAnnouncements(server: RunningServer): Promise<void> {
  await tell(server, '/queues/bench-queue', `<Queue ${NAMESPACE}/>`);
  await tell(server, '/topics/bench-topic', `<Topic ${NAMESPACE}/>`);
  const endpoint = `acs:mns:${server.region}:${server.accountId}:queues/bench-queue`;
  const subscription = `<Endpoint>${endpoint}</Endpoint><NotifyContentFormat>SIMPLIFIED</NotifyContentFormat>`;
  const body = `<Subscription ${NAMESPACE}>${subscription}</Subscription>`;
  await tell(server, '/topics/bench-topic/subscriptions/to-queue', body);
}

/** One request waits at most this long; a task may take longer. */
const WAIT_SECONDS = 30;
const MOST_WAITS = 10;

/**
 * Waits for the end of a task in one long request, which unlike asking again and again leaves the machine to the work. The
 * message is taken out of the queue after the clock has been read.
 */
export async function announcement(server: RunningServer): Promise<{ at: number; remove: () => Promise<void> }> {
  for (let wait = 0; wait < MOST_WAITS; wait += 1) {
    const { status, text } = await mns(server, {
      method: 'GET',
      path: '/queues/bench-queue/messages',
      query: { waitseconds: String(WAIT_SECONDS) },
    });
    const at = performance.now();
    const handle = /<ReceiptHandle>([^<]+)</.exec(text)?.[1];
    if (status === 404) continue;
    if (status !== 200 || handle === undefined) throw new Error(`the queue answered ${status} ${text}`);
    const query = { ReceiptHandle: handle };
    const remove = async (): Promise<void> => {
      await mns(server, { method: 'DELETE', path: '/queues/bench-queue/messages', query });
    };
    return { at, remove };
  }
  throw new Error(`no notification came within ${WAIT_SECONDS * MOST_WAITS} s`);
}
