import { PROLOG } from '@millrace/protocol/xml';

/**
 * The answer to bytes that never became a request. There is no protocol to ask, so it has the shape of an OSS error,
 * which MNS clients read too: both look for `Code` and `Message` in XML.
 */
export function brokenRequestAnswer(
  parserCode: string,
  requestId: string,
  maxHeaderBytes: number,
): { status: number; bytes: Buffer } {
  const { status, reason, code, message } = explain(parserCode, maxHeaderBytes);
  const body = Buffer.from(
    `${PROLOG}<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${requestId}</RequestId><HostId></HostId></Error>`,
  );
  const head =
    `HTTP/1.1 ${status} ${reason}\r\nServer: AliyunOSS\r\nDate: ${new Date().toUTCString()}\r\n` +
    `Content-Type: application/xml\r\nContent-Length: ${body.length}\r\nConnection: close\r\n` +
    `x-oss-request-id: ${requestId}\r\n\r\n`;
  return { status, bytes: Buffer.concat([Buffer.from(head, 'latin1'), body]) };
}

function explain(
  parserCode: string,
  maxHeaderBytes: number,
): { status: number; reason: string; code: string; message: string } {
  const bad = { status: 400, reason: 'Bad Request' };
  switch (parserCode) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        reason: 'Request Header Fields Too Large',
        code: 'RequestHeaderSectionTooLarge',
        message: `The request line and headers together must not exceed ${maxHeaderBytes} bytes.`,
      };
    case 'HPE_INVALID_EOF_STATE':
      return {
        ...bad,
        code: 'IncompleteBody',
        message: 'You did not provide the number of bytes specified by the Content-Length HTTP header.',
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        reason: 'Request Timeout',
        code: 'RequestTimeout',
        message: 'The request headers were not received in time.',
      };
    default:
      return { ...bad, code: 'InvalidRequest', message: 'The bytes received are not a valid HTTP request.' };
  }
}
