import { count, text } from './codecs.ts';
import { header, optional } from './fields.ts';
import { operation } from './operation.ts';

const input = {
  origin: optional(header('origin', text)),
  method: optional(header('access-control-request-method', text)),
  headers: optional(header('access-control-request-headers', text)),
};
const output = {
  allowOrigin: header('Access-Control-Allow-Origin', text),
  allowMethods: header('Access-Control-Allow-Methods', text),
  allowHeaders: optional(header('Access-Control-Allow-Headers', text)),
  exposeHeaders: optional(header('Access-Control-Expose-Headers', text)),
  maxAge: optional(header('Access-Control-Max-Age', count)),
};

/** What a browser asks before it sends a request from another origin's page. It signs nothing and has no rights yet. */
export const optionObject = operation({
  name: 'OptionObject',
  method: 'OPTIONS',
  level: 'object',
  open: true,
  input,
  output,
  errors: ['AccessForbidden', 'BadRequest'],
});

/** The same before a form is posted to the bucket or it is listed. */
export const optionBucket = operation({
  name: 'OptionBucket',
  method: 'OPTIONS',
  level: 'bucket',
  page: 'https://www.alibabacloud.com/help/en/oss/developer-reference/optionobject',
  open: true,
  input,
  output,
  errors: ['AccessForbidden', 'BadRequest'],
});
