import { StringDecoder } from 'node:string_decoder';

/**
 * Calls back with each line of what a tool writes, without its line feed. A tool may have been taken over by what it was
 * given to read: past `limit` characters without a line feed, `tooLong` is called once and nothing more is kept.
 */
export function boundedLines(
  stream: NodeJS.ReadableStream,
  limit: number,
  onLine: (line: string) => void,
  tooLong: () => void,
): void {
  const decoder = new StringDecoder('utf8');
  let held = '';
  let given = false;
  stream.on('data', (chunk: Buffer | string) => {
    if (given) return;
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk);
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const line = held + text.slice(from, end);
      held = '';
      from = end + 1;
      onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    }
    held += text.slice(from);
    if (held.length <= limit) return;
    given = true;
    held = '';
    tooLong();
  });
  stream.once('end', () => {
    if (held !== '') onLine(held);
    held = '';
  });
}
