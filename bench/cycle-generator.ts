/**
 * Sends, receives and deletes messages on several connections, as a client does: what is deleted is what was received. In
 * a process of its own, as the load generator is.
 */
import { Conversation } from './conversation.ts';
import type { CycleOrder, CycleReport } from './cycles.ts';
import { dialectOf } from './queue-dialects.ts';

async function run({ address, connections, milliseconds, body }: CycleOrder): Promise<CycleReport> {
  const dialect = dialectOf(address);
  const send = dialect.send([body]);
  const receive = dialect.receive();
  const started = performance.now();
  const ends = started + milliseconds;
  let cycles = 0;

  async function converse(): Promise<void> {
    const conversation = await Conversation.open(dialect.port);
    const ask = async (request: Uint8Array, absent = 0): Promise<string> => {
      const answer = await conversation.ask(request);
      if (answer.status > 299 && answer.status !== absent) throw new Error(`${answer.status}: ${answer.body}`);
      return answer.body;
    };
    while (performance.now() < ends) {
      await ask(send);
      let handle: string | undefined;
      // What was sent just now may be in another's hands, who then leaves one of his own.
      while (handle === undefined) handle = dialect.handleIn(await ask(receive, 404));
      await ask(dialect.remove(handle));
      cycles += 1;
    }
    conversation.close();
  }

  await Promise.all(Array.from({ length: connections }, converse));
  return { perSecond: (cycles * 1000) / (performance.now() - started) };
}

process.once('message', async (order: CycleOrder) => {
  let report: CycleReport | { error: string };
  try {
    report = await run(order);
  } catch (error) {
    report = { error: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(report, () => process.exit(0));
});
