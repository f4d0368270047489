import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { mns, type RunningServer, startServer } from '@millrace/testkit';
import { Conversation } from '../conversation.ts';
import { type Measure, makeFolder, median, type Result } from '../measure.ts';
import { dialectOf, mnsRequest, type QueueAddress, type QueueDialect } from '../queue-dialects.ts';
import { makeQueue } from './messages.ts';

const POLLS = 1000;
const WAIT_SECONDS = 30;
const SAMPLES = 400;
const IDLE_MS = 10_000;
/** Of the kernel's clock by which it counts what a process has used. */
const TICKS_PER_SECOND = 100;
const body = 'm'.repeat(1024);

/** A poll that came back with a message: when, and what removes it. */
interface Woken {
  at: number;
  remove: () => Promise<void>;
}

/** Receivers that wait on queues, and wait again when their time is over or they were given something. */
class ParkedPolls {
  #conversations: Conversation[] = [];
  #closed = false;
  #told: PromiseWithResolvers<Woken> | undefined;

  async park(dialect: QueueDialect, count: number): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      const conversation = await Conversation.open(dialect.port);
      this.#conversations.push(conversation);
      void this.#wait(conversation, dialect).catch((error: unknown) => this.#told?.reject(error));
    }
  }

  /** The next poll that is given a message. */
  woken(): Promise<Woken> {
    this.#told = Promise.withResolvers<Woken>();
    return this.#told.promise;
  }

  close(): void {
    this.#closed = true;
    for (const conversation of this.#conversations) conversation.close();
  }

  async #wait(conversation: Conversation, dialect: QueueDialect): Promise<void> {
    while (!this.#closed) {
      const { status, body } = await conversation.ask(dialect.receive(WAIT_SECONDS));
      const at = performance.now();
      if (status === 404) continue;
      const handle = dialect.handleIn(body);
      if (handle === undefined) throw new Error(`a poll was answered ${status} ${body}`);
      const removed = Promise.withResolvers<void>();
      this.#told?.resolve({ at, remove: () => removed.promise });
      await conversation.ask(dialect.remove(handle));
      removed.resolve();
    }
  }
}

/** Seconds of processor time that the server has used. */
async function used(server: RunningServer): Promise<number> {
  const stat = await readFile(`/proc/${server.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function idleShare(server: RunningServer): Promise<number> {
  // What parking cost does not count.
  await pause(2000);
  const [before, started] = [await used(server), performance.now()];
  await pause(IDLE_MS);
  return (((await used(server)) - before) * 1000) / (performance.now() - started);
}

/** Times from the first byte of a request to the answer of the poll that it woke. */
async function wakeUps(polls: ParkedPolls, sender: Conversation, request: (n: number) => Buffer): Promise<number[]> {
  const times: number[] = [];
  for (let sample = -20; sample < SAMPLES; sample += 1) {
    const woken = polls.woken();
    const bytes = request(sample + 20);
    const began = performance.now();
    const answered = sender.ask(bytes);
    const { at, remove } = await woken;
    await remove();
    const { status, body } = await answered;
    if (status !== 201) throw new Error(`a message was answered ${status} ${body}`);
    if (sample >= 0) times.push(at - began);
    await pause(5);
  }
  return times.sort((a, b) => a - b);
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;

function line(what: string, figure: number, limit: number, unit: string, digits = 1): Result {
  const score = `${figure.toFixed(digits)} ${unit}`;
  return {
    ...{ what, against: '—', ours: score, theirs: '—', score, target: `≤ ${limit} ${unit}` },
    reached: figure <= limit,
    notes: [],
  };
}

async function subscribe(server: RunningServer, topic: string, queue: string): Promise<void> {
  const endpoint = `acs:mns:${server.region}:${server.accountId}:queues/${queue}`;
  for (const [path, document] of [
    [`/topics/${topic}`, '<Topic/>'],
    [`/topics/${topic}/subscriptions/s`, `<Subscription><Endpoint>${endpoint}</Endpoint></Subscription>`],
  ] as const) {
    const { status, text } = await mns(server, { method: 'PUT', path, body: document });
    if (status > 299) throw new Error(`PUT ${path}: ${status} ${text}`);
  }
}

/** A thousand receivers wait: what that costs while nothing comes, and how soon one has what does. */
async function parked(
  server: RunningServer,
  addresses: readonly QueueAddress[],
  progress: (text: string) => void,
): Promise<Result[]> {
  const polls = new ParkedPolls();
  const where = addresses.length === 1 ? 'one queue' : `${addresses.length.toLocaleString('en')} queues`;
  const dialects = addresses.map(dialectOf);
  const [first] = dialects;
  if (first === undefined) throw new Error('there is no queue to wait on');
  const sender = await Conversation.open(first.port);
  try {
    for (const dialect of dialects) await polls.park(dialect, POLLS / dialects.length);
    const idle = (await idleShare(server)) * 100;
    const times = await wakeUps(polls, sender, (n) => (dialects[(n * 7) % dialects.length] ?? first).send([body]));
    const [p50, p99] = [at(times, 0.5), at(times, 0.99)];
    progress(`${where}: idle ${idle.toFixed(1)} %, wake-up p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
    const what = `${POLLS.toLocaleString('en')} polls parked on ${where}`;
    return [
      line(`${what}: wake-up, p50`, p50, 3, 'ms'),
      line(`${what}: wake-up, p99`, p99, 20, 'ms'),
      line(`${what}: processor time of one core while idle`, idle, 2, '%'),
    ];
  } finally {
    sender.close();
    polls.close();
  }
}

export const parkedPolls: Measure = {
  name: 'parked-polls',
  async run(folder, progress) {
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    try {
      const one = await makeQueue(server, 'one');
      const results = await parked(server, [one], progress);
      const many: QueueAddress[] = [];
      for (let number = 0; number < POLLS; number += 1) many.push(await makeQueue(server, `many-${number}`));
      results.push(...(await parked(server, many, progress)));
      await subscribe(server, 'topic', 'one');
      if (one.protocol !== 'mns') throw new Error('a queue of ours speaks MNS');
      const { target } = one;
      const publish = mnsRequest(
        ...([
          target,
          'POST',
          '/topics/topic/messages',
          `<Message><MessageBody>${body}</MessageBody></Message>`,
        ] as const),
      );
      const polls = new ParkedPolls();
      const publisher = await Conversation.open(dialectOf(one).port);
      try {
        await polls.park(dialectOf(one), 1);
        const times = await wakeUps(polls, publisher, () => publish);
        progress(`topic → queue p50 ${median(times).toFixed(1)} ms, p99 ${at(times, 0.99).toFixed(1)} ms`);
        const result = line(
          'topic → queue, from publishing to the answer of a parked poll, p50',
          median(times),
          5,
          'ms',
        );
        results.push({ ...result, notes: [`p99: ${at(times, 0.99).toFixed(1)} ms`] });
      } finally {
        publisher.close();
        polls.close();
      }
      return results;
    } finally {
      await server.stop();
    }
  },
};
