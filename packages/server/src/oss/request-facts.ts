import type { ConditionContext } from '../domain/access/policy/condition.ts';
import type { Exchange } from '../http/exchange.ts';
import { requestFacts } from '../http/request-facts.ts';

/** Keys of conditions that are plain parameters of a request, in lower case as they are asked for. */
const inQuery: Readonly<Record<string, string>> = {
  'oss:prefix': 'prefix',
  'oss:delimiter': 'delimiter',
  'oss:maxkeys': 'max-keys',
  'oss:versionid': 'versionId',
};
const inHeaders: Readonly<Record<string, string>> = {
  'oss:x-oss-acl': 'x-oss-acl',
  'oss:x-oss-object-acl': 'x-oss-object-acl',
  'oss:x-oss-storage-class': 'x-oss-storage-class',
  'oss:x-oss-server-side-encryption': 'x-oss-server-side-encryption',
};

/** What the key of a condition begins with that looks at a tag which the request brings. */
export const REQUEST_TAG = 'oss:requestobjecttag/';

/** What conditions of policies may look at in an OSS request. */
export function ossFacts(
  exchange: Exchange,
  query: ReadonlyMap<string, string>,
  headers: Readonly<Record<string, string | undefined>>,
): ConditionContext {
  const common = requestFacts(exchange);
  return (key) => {
    const parameter = inQuery[key];
    const header = inHeaders[key];
    const value = parameter !== undefined ? query.get(parameter) : header !== undefined ? headers[header] : undefined;
    if (value !== undefined) return [value];
    if (key.startsWith(REQUEST_TAG)) {
      const tag = new URLSearchParams(headers['x-oss-tagging'] ?? '').getAll(key.slice(REQUEST_TAG.length));
      return tag.length > 0 ? tag : undefined;
    }
    // Nothing was asked for, which is a prefix as well.
    return key === 'oss:prefix' ? [''] : common(key);
  };
}
