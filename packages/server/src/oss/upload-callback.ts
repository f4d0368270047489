import type { ByteStream } from '@millrace/protocol/oss';
import { type CallbackFacts, fillForm, fillJson, variablesOf } from '../domain/callbacks/callback-body.ts';
import { once } from '../domain/objects/object-bytes.ts';
import type { ObjectRow } from '../domain/ports/object-records.ts';
import type { BucketCall } from './call.ts';
import { versionHeader } from './object-headers.ts';
import { invalidArgument, OssError } from './oss-error.ts';

/** "The size of a callback parameter … cannot exceed 5 KB." */
const MAX_BYTES = 5 * 1024;
/** "You can specify up to five URLs." */
const MAX_URLS = 5;
const FORM_TYPE = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/** What a request asks to be told to another server, once its object is stored. */
export interface UploadCallback {
  urls: string[];
  host: string | undefined;
  sni: boolean;
  contentType: string;
  /** With variables. */
  body: string;
  /** Custom variables, by name: `x:…`. */
  variables: Record<string, string>;
}

interface CallbackInput {
  callbackHeader?: string | undefined;
  callbackQuery?: string | undefined;
  callbackVarHeader?: string | undefined;
  callbackVarQuery?: string | undefined;
}

/** Reads what headers or query ask for, before anything is stored. */
export function readCallback(input: CallbackInput, call: BucketCall): UploadCallback | undefined {
  const callback = onePlace('callback', input.callbackHeader, input.callbackQuery);
  const variables = onePlace('callback-var', input.callbackVarHeader, input.callbackVarQuery);
  return parseCallback(callback, variables, call);
}

/** The same for values that have been found. */
export function parseCallback(
  callback: string | undefined,
  variables: string | undefined,
  call: Pick<BucketCall, 'principal'>,
): UploadCallback | undefined {
  if (callback === undefined || callback === '') return undefined;
  if (call.principal.kind === 'anonymous') {
    // Whoever may write into a public bucket should not thereby make this server call others.
    throw new OssError('AccessDenied', { message: 'A callback may be asked for in signed requests only.' });
  }
  const document = parseJson('callback', callback, ['0007-00000002', '0007-00000003']);
  const text = (name: string, ec: string): string | undefined => {
    const value = document[name];
    if (value === undefined || typeof value === 'string') return value;
    throw invalid(name, value, `The value of ${name} must be a string.`, ec);
  };
  const body = text('callbackBody', '0007-00000011');
  if (!body) throw invalid('callbackBody', body, 'The callback must have a callbackBody.', '0007-00000011');
  const contentType = text('callbackBodyType', '0007-00000012') || FORM_TYPE;
  if (contentType !== FORM_TYPE && contentType !== JSON_TYPE) {
    const message = `The value of callbackBodyType must be ${FORM_TYPE} or ${JSON_TYPE}.`;
    throw invalid('callbackBodyType', contentType, message, '0007-00000012');
  }
  // Without a value of any variable, what is wrong with the template shows before the object is stored.
  if (contentType === JSON_TYPE && fillJson(body, {}) === undefined) {
    throw invalid('callbackBody', body, 'The callback configuration is not json format.', '0007-00000003');
  }
  return {
    urls: readUrls(text('callbackUrl', '0007-00000004') ?? ''),
    host: text('callbackHost', '0007-00000005') || undefined,
    sni: document.callbackSNI !== false,
    contentType,
    body,
    variables: readVariables(variables),
  };
}

/**
 * Delivers and gives what the receiver answered, which is the answer to the client. A delivery that failed is a 203: the
 * object is there all the same, and what is known of it stands in the error's headers.
 */
export async function deliverCallback(
  callback: UploadCallback,
  object: ObjectRow,
  call: BucketCall,
  headers: Record<string, string>,
): Promise<{ callbackContentType: string; callbackAnswer: ByteStream }> {
  const { exchange, bucket } = call;
  const facts = { ...(await factsOf(callback, object, call)), ...callback.variables };
  const { body: template, contentType } = callback;
  const body = contentType === JSON_TYPE ? (fillJson(template, facts) ?? '') : fillForm(template, facts);
  const about = { requestId: exchange.requestId, bucket: bucket.name, key: object.key };
  const answer = await call.callbacks.deliver({ ...callback, body }, about);
  if ('failure' in answer) throw new OssError('CallbackFailed', { message: answer.failure, headers });
  return {
    callbackContentType: JSON_TYPE,
    callbackAnswer: { length: answer.body.byteLength, bytes: once(answer.body) },
  };
}

async function factsOf(callback: UploadCallback, object: ObjectRow, call: BucketCall): Promise<CallbackFacts> {
  const { exchange, bucket } = call;
  const wanted = variablesOf(callback.body);
  const asksForImage = ['imageInfo.height', 'imageInfo.width', 'imageInfo.format'].some((name) => wanted.has(name));
  return {
    bucket: bucket.name,
    object: object.key,
    etag: object.etag,
    size: object.size,
    mimeType: object.headers.contentType ?? 'application/octet-stream',
    crc64: object.crc64,
    contentMd5: object.type === 'Normal' ? Buffer.from(object.etag, 'hex').toString('base64') : '',
    vpcId: '',
    clientIp: exchange.request.socket.remoteAddress ?? '',
    reqId: exchange.requestId,
    operation: exchange.operation,
    ...(asksForImage && (await imageFacts(object, call))),
  };
}

/** Empty for what is no image. Asked as the bucket's owner: the writer need not be allowed to read. */
async function imageFacts(object: ObjectRow, call: BucketCall): Promise<CallbackFacts> {
  try {
    const { bucket, signal } = call;
    const read = await call.process.read({
      principal: { kind: 'account', accountId: bucket.ownerId, accessKeyId: '' },
      bucket,
      key: object.key,
      // Another write may have come since.
      versionId: versionHeader(bucket, object.versionId),
      process: 'image/info',
      signal,
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of read.bytes()) chunks.push(chunk);
    const info: Record<string, { value?: unknown } | undefined> = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const wordOf = (name: string): string => String(info[name]?.value ?? '');
    return {
      'imageInfo.height': Number(wordOf('ImageHeight')),
      'imageInfo.width': Number(wordOf('ImageWidth')),
      'imageInfo.format': wordOf('Format'),
    };
  } catch {
    return {};
  }
}

function onePlace(name: string, header: string | undefined, query: string | undefined): string | undefined {
  if (header !== undefined && query !== undefined) {
    const message = `Give x-oss-${name} as a header or ${name} as a query parameter, not both.`;
    throw invalidArgument(name, query, message, '0007-00000001');
  }
  return header ?? query;
}

function parseJson(name: string, base64: string, [badBase64, badJson]: [string, string]): Record<string, unknown> {
  if (base64.length > MAX_BYTES) {
    throw invalid(
      name,
      `${base64.length} bytes`,
      `The value of ${name} must not exceed ${MAX_BYTES} bytes.`,
      badBase64,
    );
  }
  // A plus that was not encoded in a query arrives as a space.
  const text = base64.replaceAll(' ', '+');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) {
    throw invalid(name, base64, `The value of ${name} must be base64 of a JSON object.`, badBase64);
  }
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw invalid(name, base64, `The ${name} configuration is not json format.`, badJson);
}

function readUrls(list: string): string[] {
  const urls = list.split(';').flatMap((item) => (item.trim() === '' ? [] : [withScheme(item.trim())]));
  if (urls.length === 0 || urls.length > MAX_URLS || !urls.every(isHttpUrl)) {
    const message = `The value of callbackUrl must be 1 to ${MAX_URLS} URLs of http or https, separated by semicolons.`;
    throw invalid('callbackUrl', list, message, '0007-00000004');
  }
  return urls;
}

const withScheme = (url: string): string => (/^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`);

const isHttpUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
};

function readVariables(base64: string | undefined): Record<string, string> {
  if (base64 === undefined || base64 === '') return {};
  const document = parseJson('callback-var', base64, ['0007-00000102', '0007-00000103']);
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(document)) {
    if (!name.startsWith('x:') || typeof value !== 'string') {
      const message = 'Each member of callback-var must be a string whose name begins with x:.';
      throw invalid('callback-var', name, message, '0007-00000104');
    }
    variables[name] = value;
  }
  return variables;
}

const invalid = (name: string, value: unknown, message: string, ec: string): OssError =>
  invalidArgument(name, typeof value === 'string' ? value.slice(0, 1024) : (JSON.stringify(value) ?? ''), message, ec);
