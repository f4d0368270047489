import { FALLBACK_EC, type OssErrorCode, ossErrors } from '@millrace/protocol/oss';
import { escapeXml, PROLOG } from '@millrace/protocol/xml';

/** A refusal as it goes over the wire. */
export class OssError extends Error {
  override readonly name = 'OssError';
  readonly code: OssErrorCode;
  readonly status: number;
  readonly ec: string;
  /** Elements beside the common ones, such as `BucketName`. */
  readonly elements: Readonly<Record<string, string>>;
  /** Elements that have elements, such as `AccessDeniedDetail`. They come last: some parsers read flat ones only. */
  readonly nested: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    code: OssErrorCode,
    more: {
      message?: string;
      ec?: string;
      elements?: Record<string, string>;
      nested?: Record<string, Record<string, string>>;
      headers?: Record<string, string>;
      cause?: unknown;
    } = {},
  ) {
    const known = ossErrors[code];
    super(more.message ?? known.message, { cause: more.cause });
    this.code = code;
    this.status = known.status;
    this.ec = more.ec ?? known.ec ?? FALLBACK_EC;
    this.elements = more.elements ?? {};
    this.nested = more.nested ?? {};
    this.headers = more.headers ?? {};
  }
}

export function invalidArgument(name: string, value: string, message: string, ec?: string): OssError {
  const elements = { ArgumentName: name, ArgumentValue: value };
  return new OssError('InvalidArgument', ec === undefined ? { message, elements } : { message, elements, ec });
}

/** What the signature was made from, several times as long as the URL. */
const EVIDENCE = ['StringToSign', 'StringToSignBytes', 'CanonicalRequest', 'CanonicalRequestBytes'];

/**
 * The vendor's document. Its parsers expect flat elements and no white space between them. `inHeader` leaves out what
 * would make a header longer than clients take: node's take 16 KiB of headers in all.
 */
export function errorDocument(error: OssError, requestId: string, host: string, inHeader = false): string {
  const elements = {
    Code: error.code,
    Message: error.message,
    RequestId: requestId,
    HostId: host,
    ...error.elements,
    EC: error.ec,
    // The vendor's pages know nothing of a classification that stands for none.
    ...(error.ec !== FALLBACK_EC && { RecommendDoc: `https://api.aliyun.com/troubleshoot?q=${error.ec}` }),
  };
  let inside = '';
  for (const [name, value] of Object.entries(elements)) {
    if (!inHeader || !EVIDENCE.includes(name)) inside += `<${name}>${escapeXml(value)}</${name}>`;
  }
  for (const [name, members] of Object.entries(error.nested)) {
    const within = Object.entries(members).map(([member, value]) => `<${member}>${escapeXml(value)}</${member}>`);
    inside += `<${name}>${within.join('')}</${name}>`;
  }
  return `${PROLOG}<Error>${inside}</Error>`;
}
