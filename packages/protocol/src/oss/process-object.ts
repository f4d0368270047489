import { json, textBody } from './fields.ts';
import { operation } from './operation.ts';

/** Process strings with watermarks and templates stay far below this. */
const LIMIT = 64 * 1024;

/** Processes an object and saves the result before it answers. */
export const processObject = operation({
  name: 'ProcessObject',
  method: 'POST',
  level: 'object',
  select: ['x-oss-process'],
  action: 'oss:GetObject',
  page: 'https://www.alibabacloud.com/help/en/oss/user-guide/saveas',
  input: { body: textBody(LIMIT) },
  output: { result: json<{ bucket: string; fileSize: number; object: string; status: string }>() },
  errors: ['NoSuchKey', 'BadRequest', 'ImageTooLarge', 'OperationNotSupported'],
});

/** Accepts a task that processes an object; its end is announced to the topic that the string names. */
export const asyncProcessObject = operation({
  name: 'AsyncProcessObject',
  method: 'POST',
  level: 'object',
  select: ['x-oss-async-process'],
  action: 'oss:GetObject',
  page: 'https://www.alibabacloud.com/help/en/oss/user-guide/asynchronous-processing',
  input: { body: textBody(LIMIT) },
  output: { result: json<{ EventId: string; RequestId: string; TaskId: string }>() },
  errors: ['NoSuchKey', 'OperationNotSupported'],
});
