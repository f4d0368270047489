const endOfHead = Buffer.from('\r\n\r\n');

/** What stands before the body of an answer, as far as it must be known to find the body's end. */
export interface AnswerHead {
  status: number;
  /** Offset of the body. */
  bodyAt: number;
  bodyLength: number;
  /** In lower case. */
  text: string;
}

/** The head at the beginning of `bytes`, or undefined when it is not all there. */
export function readHead(bytes: Buffer): AnswerHead | undefined {
  const end = bytes.indexOf(endOfHead);
  if (end < 0) return undefined;
  const text = bytes.toString('latin1', 0, end).toLowerCase();
  const status = Number(text.slice(9, 12));
  const at = text.indexOf('\r\ncontent-length:');
  if (at < 0) {
    if (status === 204) return { status, bodyAt: end + 4, bodyLength: 0, text };
    throw new Error(`an answer without Content-Length: ${text}`);
  }
  const lineEnd = text.indexOf('\r\n', at + 2);
  const bodyLength = Number(text.slice(at + 17, lineEnd < 0 ? undefined : lineEnd));
  return { status, bodyAt: end + 4, bodyLength, text };
}
