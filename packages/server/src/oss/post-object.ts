import {
  decodeParameters,
  encodeHeaders,
  encodeKey,
  type OutputOf,
  postForm,
  type Served,
  served,
  type ValuesOf,
} from '@millrace/protocol/oss';
import { checkObjectKey } from '../domain/objects/names.ts';
import type { ObjectRow } from '../domain/ports/object-records.ts';
import { type Form, FormError, type FormFault, readForm } from '../http/form-data.ts';
import { overwriteForbidden } from './bucket-overwrite-config.ts';
import { chargesRequester } from './bucket-request-payment.ts';
import { type BucketCall, handle } from './call.ts';
import { encryptionFacts } from './encryption-headers.ts';
import { describeObject, versionHeader } from './object-headers.ts';
import { invalidArgument, OssError } from './oss-error.ts';
import { checkPolicy, type PostPolicy, readPolicy } from './post-policy.ts';
import { ossFacts } from './request-facts.ts';
import { deliverCallback, parseCallback, type UploadCallback } from './upload-callback.ts';

const faults = {
  malformed: 'MalformedPOSTRequest',
  'field-too-long': 'FieldItemTooLong',
  'fields-too-long': 'MaxPOSTPreDataLengthExceededError',
  'number-of-files': 'IncorrectNumberOfFilesInPOSTRequest',
} as const satisfies Record<FormFault, string>;

/** Stands in a key for the name of the file, once the key as written has been checked. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of the vendor's, not ours
const FILENAME = '${filename}';

export const postObject = handle(served.PostObject, async (input, call) => {
  const form = await readForm(input.body.bytes, input.formType, 'file').catch(refuse);
  try {
    return await storePosted(form, call).catch(refuse);
  } finally {
    // Whatever refused the form has not read its file.
    await form.file.bytes.return();
  }
});

function refuse(error: unknown): never {
  throw error instanceof FormError ? new OssError(faults[error.fault], { message: error.message }) : error;
}

async function storePosted(form: Form, call: BucketCall): Promise<OutputOf<Served['PostObject']>> {
  const { fields, file } = form;
  const { bucket } = call;
  const signer = await call.authenticator.verifyForm(fields);
  const principal = { ...signer, facts: ossFacts(call.exchange, new Map(), headersOf(fields)) };
  const template = fields.get('key');
  if (!template) throw new OssError('UserKeyMustBeSpecified', { elements: { ArgumentName: 'key' } });
  const policy = allowed(fields, call);
  // A function, because the name may hold what `replaceAll` takes for a pattern.
  const key = template.replaceAll(FILENAME, () => file.filename);
  chargesRequester(await call.settings.of(bucket), { principal, bucket, query: new Map(), headers: headersOf(fields) });
  await call.access.require(principal, served.PostObject.action, { bucket, key });
  checkObjectKey(key);
  const values = decodeForm(fields);
  if (values.acl?.startsWith('public')) await call.access.requireNotBlocked(principal, bucket);
  const redirect = readRedirect(values.successActionRedirect);
  const callback = parseCallback(values.callback, values.callbackVar, { principal });
  const contentType = values.objectContentType || values.contentType || file.contentType;
  const bytes = withinRange(call.pace(file.bytes, values.trafficLimit), policy?.range);
  const object = await call.objects.put({
    bucket,
    key,
    body: { bytes, md5: values.contentMd5 },
    forbidOverwrite: values.forbidOverwrite || (await overwriteForbidden(key, { ...call, principal })),
    signal: call.signal,
    ...describeObject({ ...values, contentType }),
  });
  await call.arrived?.(bucket, key);
  const facts = {
    etag: object.etag,
    crc64: object.crc64,
    versionId: versionHeader(bucket, object.versionId),
    ...encryptionFacts(object.traits),
  };
  if (callback)
    return {
      status: 200,
      ...facts,
      ...(await answered(callback, fields, object, call, encodeHeaders(served.PostObject.output, facts))),
    };
  if (redirect) {
    redirect.searchParams.set('bucket', bucket.name);
    redirect.searchParams.set('key', key);
    redirect.searchParams.set('etag', `"${object.etag}"`);
    return { status: 303, ...facts, location: redirect.href };
  }
  const location = `${call.publicUrl}/${bucket.name}/${encodeKey(key)}`;
  switch (values.successActionStatus) {
    case '200':
      return { status: 200, ...facts };
    case '201': {
      const result = { Bucket: bucket.name, Location: location, Key: key, ETag: `"${object.etag}"` };
      return { status: 201, ...facts, location, result };
    }
    default:
      return { status: 204, ...facts };
  }
}

/** What the form's policy says, having found that the form keeps to it; undefined for a form without one. */
function allowed(fields: Form['fields'], { bucket, exchange }: BucketCall): PostPolicy | undefined {
  const text = fields.get('policy');
  if (text === undefined) return undefined;
  const policy = readPolicy(text);
  checkPolicy(policy, { fields, bucket: bucket.name }, exchange.receivedMs);
  return policy;
}

/** Fields stand for the headers of the same names. */
const headersOf = (fields: Form['fields']): Record<string, string> => Object.fromEntries(fields);

function decodeForm(fields: Form['fields']): ValuesOf<typeof postForm> {
  const values: Record<string, unknown> = {};
  decodeParameters(postForm, { query: new Map(), headers: headersOf(fields) }, values);
  return values as ValuesOf<typeof postForm>;
}

function readRedirect(text: string | undefined): URL | undefined {
  if (!text) return undefined;
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw invalidArgument('success_action_redirect', text, 'success_action_redirect must be a URL of http or https.');
}

function answered(
  callback: UploadCallback,
  fields: Form['fields'],
  object: ObjectRow,
  call: BucketCall,
  headers: Record<string, string>,
) {
  const variables = { ...callback.variables };
  // In a form, custom variables are fields of their own.
  for (const [name, value] of fields) if (name.startsWith('x:')) variables[name] = value;
  return deliverCallback({ ...callback, variables }, object, call, headers);
}

/** Fails at the first byte past the policy's maximum, or at the end of a file that is too short: nothing is stored. */
async function* withinRange(
  bytes: AsyncIterable<Uint8Array>,
  range: PostPolicy['range'] | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.byteLength;
    if (range && size > range.max) {
      throw new OssError('EntityTooLarge', {
        elements: { ProposedSize: String(size), MaxSizeAllowed: String(range.max) },
      });
    }
    yield chunk;
  }
  if (range && size < range.min) {
    throw new OssError('EntityTooSmall', {
      elements: { ProposedSize: String(size), MinSizeAllowed: String(range.min) },
    });
  }
}
