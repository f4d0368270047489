import { type InputOf, type OutputOf, type Served, served } from '@millrace/protocol/oss';
import { type CorsSetting, findCorsRule } from '../domain/settings/cors.ts';
import { type BucketCall, handle } from './call.ts';
import { OssError } from './oss-error.ts';

export const optionObject = handle(served.OptionObject, preflight);
export const optionBucket = handle(served.OptionBucket, preflight);

type Asked = Pick<InputOf<Served['OptionObject']>, 'origin' | 'method' | 'headers'>;

async function preflight(asked: Asked, call: BucketCall): Promise<OutputOf<Served['OptionObject']>> {
  const { origin = '', method = '', headers } = asked;
  if (origin === '') {
    throw new OssError('BadRequest', { message: 'Insufficient information. Origin request header needed.' });
  }
  if (method === '') {
    throw new OssError('BadRequest', { message: 'Invalid Access-Control-Request-Method: it must name a method.' });
  }
  const cors = await call.settings.get(call.bucket, 'cors');
  if (!cors) throw new OssError('AccessForbidden', { message: 'CORSResponse: CORS is not enabled for this bucket.' });
  const requested = (headers ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const found = findCorsRule(cors.rules, { origin, method, headers: requested });
  if (!found) throw new OssError('AccessForbidden');
  const { rule } = found;
  return {
    allowOrigin: found.origin,
    allowMethods: rule.methods.join(', '),
    allowHeaders: requested.length > 0 ? requested.join(', ') : undefined,
    exposeHeaders: rule.exposed.length > 0 ? rule.exposed.join(', ') : undefined,
    maxAge: rule.maxAgeSeconds,
  };
}

/**
 * What lets a page of another origin see an answer, errors included: a page that may not see why it was refused is told
 * by its browser that the network failed.
 */
export function addCorsHeaders(
  headers: Record<string, string>,
  { rules, vary }: CorsSetting,
  request: { method: string; origin: string | undefined },
): void {
  if (vary) headers.Vary = headers.Vary === undefined ? 'Origin' : `${headers.Vary}, Origin`;
  const { method, origin } = request;
  if (origin === undefined || method === 'OPTIONS') return;
  const found = findCorsRule(rules, { origin, method, headers: [] });
  if (!found) return;
  const { rule } = found;
  headers['Access-Control-Allow-Origin'] = found.origin;
  headers['Access-Control-Allow-Methods'] = rule.methods.join(', ');
  if (rule.exposed.length > 0) headers['Access-Control-Expose-Headers'] = rule.exposed.join(', ');
  if (rule.maxAgeSeconds !== undefined) headers['Access-Control-Max-Age'] = String(rule.maxAgeSeconds);
}
