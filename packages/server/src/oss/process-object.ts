import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { invalidArgument, OssError } from './oss-error.ts';

export const processObject = handle(served.ProcessObject, async (input, call) => {
  const process = readProcessForm(input.body, 'x-oss-process');
  const { principal, bucket, signal } = call;
  const saved = await call.process.save({ principal, bucket, key: input.key, process, signal });
  return { result: { bucket: saved.bucket, fileSize: saved.fileSize, object: saved.key, status: saved.status } };
});

export const asyncProcessObject = handle(served.AsyncProcessObject, async (input, call) => {
  const process = readProcessForm(input.body, 'x-oss-async-process');
  const { principal, bucket } = call;
  const task = await call.process.submit({ principal, bucket, key: input.key, process });
  return { result: { EventId: task.eventId, RequestId: task.requestId, TaskId: task.taskId } };
});

/**
 * Reads `name=STRING` from a body. Most clients send the string as it is, ali-oss percent-encodes it, and the
 * Content-Type says nothing about which: so escapes are decoded, but a `+` is a plus (of standard base64), never a space.
 */
export function readProcessForm(body: string, name: string): string {
  const equals = body.indexOf('=');
  if (body.trim() === '') {
    throw new OssError('MissingArgument', {
      message: `The request body must be ${name}=PROCESS.`,
      elements: { ArgumentName: name },
    });
  }
  if (equals < 0 || body.slice(0, equals).trim() !== name) {
    throw invalidArgument(name, body.slice(0, 128), `The request body must be ${name}=PROCESS.`);
  }
  // A raw string may hold `&` nowhere; in a form it begins the next field.
  const [field = ''] = body.slice(equals + 1).split('&', 1);
  const process = decodeEscapes(field).trim();
  if (process === '') throw invalidArgument(name, '', `The process string of ${name} must not be empty.`);
  return process;
}

/** Decodes runs of `%XX` that are UTF-8; anything else stays as it is. */
function decodeEscapes(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}
