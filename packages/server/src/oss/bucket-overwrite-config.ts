import { served } from '@millrace/protocol/oss';
import { XmlError } from '@millrace/protocol/xml';
import { namesOf } from '../domain/access/access-service.ts';
import { forbidsOverwrite, type OverwriteRule } from '../domain/settings/overwrite.ts';
import { deleteHandler, documentHandlers } from './bucket-document.ts';
import type { BucketCall } from './call.ts';

/** Vendor limits. */
const MAX_RULES = 100;
const MAX_AFFIX_BYTES = 1023;

const overwrite = documentHandlers(
  { put: served.PutBucketOverwriteConfig, get: served.GetBucketOverwriteConfig },
  {
    setting: 'overwrite',
    unset: 'NoSuchBucketOverwriteConfig',
    read({ Rule: rules }, { exchange }) {
      if (rules.length === 0 || rules.length > MAX_RULES) {
        throw new XmlError(`The element OverwriteConfiguration must hold 1 to ${MAX_RULES} elements Rule.`);
      }
      const seen = new Set<string>();
      return rules.map(({ ID, Prefix: prefix = '', Suffix: suffix = '', Principals }, index): OverwriteRule => {
        const where = `OverwriteConfiguration>Rule[${index + 1}]`;
        for (const [name, affix] of Object.entries({ Prefix: prefix, Suffix: suffix })) {
          if (Buffer.byteLength(affix) > MAX_AFFIX_BYTES) {
            throw new XmlError(`The element ${where}>${name} has at most ${MAX_AFFIX_BYTES} bytes.`);
          }
        }
        const id = ID === undefined || ID === '' ? `${exchange.requestId}-${index + 1}` : ID;
        if (seen.has(id)) throw new XmlError(`The element ${where}>ID must not be that of another rule.`);
        seen.add(id);
        return { id, prefix, suffix, principals: Principals?.Principal ?? [] };
      });
    },
    write: (rules) => ({
      Rule: rules.map(({ id, prefix, suffix, principals }) => ({
        ID: id,
        Action: 'forbid' as const,
        Prefix: prefix === '' ? undefined : prefix,
        Suffix: suffix === '' ? undefined : suffix,
        Principals: principals.length === 0 ? undefined : { Principal: principals },
      })),
    }),
  },
);

export const putBucketOverwriteConfig = overwrite.put;
export const getBucketOverwriteConfig = overwrite.get;
export const deleteBucketOverwriteConfig = deleteHandler(served.DeleteBucketOverwriteConfig, 'overwrite');

/** Whether the bucket's rules keep the principal of a call from replacing this object. */
export async function overwriteForbidden(key: string, { settings, bucket, principal }: BucketCall): Promise<boolean> {
  const names = principal.kind === 'anonymous' ? [] : namesOf(principal);
  return forbidsOverwrite(await settings.get(bucket, 'overwrite'), key, names);
}
