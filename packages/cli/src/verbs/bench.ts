import { sizeOf } from '../flags.ts';
import { parseOssUrl } from '../oss-url.ts';
import { humanSize } from '../progress.ts';
import { exitCodes, type Verb } from '../verb.ts';

const SECONDS = 5;

export const bench: Verb = {
  name: 'bench',
  operands: 'oss://BUCKET[/PREFIX]',
  count: [1, 1],
  summary: 'Measure how fast objects are put and got, under names of its own that it removes again.',
  flags: [
    { name: 'size', value: 'SIZE', summary: 'Of each object; 64K by default.' },
    { name: 'parallel', value: 'N', summary: 'Requests at once; 8 by default.' },
    { name: 'time', value: 'SECONDS', summary: `How long each way takes; ${SECONDS} by default.` },
  ],
  async run(call) {
    const oss = await call.oss();
    const { bucket, key: prefix } = parseOssUrl(call.operands[0] ?? '');
    const size = sizeOf(call.text('size') ?? '64K', 'size');
    const atOnce = Math.max(1, call.number('parallel') ?? 8);
    const milliseconds = (call.number('time') ?? SECONDS) * 1000;
    const body = crypto.getRandomValues(new Uint8Array(Math.min(size, 65_536)));
    const bytes = new Uint8Array(size).map((_, at) => body[at % body.length] ?? 0);
    const names = Array.from({ length: atOnce }, (_, at) => `${prefix}millrace-bench-${crypto.randomUUID()}-${at}`);
    const { signal } = call;
    const measure = async (what: string, one: (key: string) => Promise<unknown>): Promise<void> => {
      const took: number[] = [];
      const began = performance.now();
      const worker = async (key: string): Promise<void> => {
        do {
          const started = performance.now();
          await one(key);
          took.push(performance.now() - started);
        } while (performance.now() - began < milliseconds);
      };
      await Promise.all(names.map(worker));
      const seconds = (performance.now() - began) / 1000;
      took.sort((a, b) => a - b);
      const share = (part: number): number => Math.round((took[Math.floor(took.length * part)] ?? 0) * 10) / 10;
      const facts = {
        what,
        count: took.length,
        perSecond: Math.round(took.length / seconds),
        p50Ms: share(0.5),
        p99Ms: share(0.99),
      };
      const rate = `${humanSize(Math.round((took.length * size) / seconds))}/s`;
      const text = `${what.padEnd(4)} ${facts.perSecond}/s  ${rate}  p50 ${facts.p50Ms} ms  p99 ${facts.p99Ms} ms`;
      call.out.result({ ...facts, size, atOnce }, text);
    };
    try {
      await measure('put', (key) => oss.putObject({ bucket, key, body: bytes }, { signal }));
      await measure('get', async (key) => (await oss.getObject({ bucket, key }, { signal })).body.bytes());
    } finally {
      const keys = names.map((Key) => ({ Key }));
      await oss.deleteMultipleObjects({ bucket, body: { Quiet: true, Object: keys } });
    }
    return exitCodes.ok;
  },
};
