import { served } from '@millrace/protocol/oss';
import { XmlError } from '@millrace/protocol/xml';
import type { SettingsOfBucket } from '../domain/settings/bucket-settings.ts';
import { defaultReferer, refererMayRead } from '../domain/settings/referer.ts';
import { documentHandlers } from './bucket-document.ts';
import { OssError } from './oss-error.ts';

const referer = documentHandlers(
  { put: served.PutBucketReferer, get: served.GetBucketReferer },
  {
    setting: 'referer',
    // The lists are always there: ali-oss looks into RefererList without asking.
    unset: {
      AllowEmptyReferer: defaultReferer.allowEmpty,
      AllowTruncateQueryString: defaultReferer.truncateQuery,
      TruncatePath: defaultReferer.truncatePath,
      RefererList: { Referer: [] },
    },
    read(document) {
      const setting = {
        allowEmpty: document.AllowEmptyReferer ?? defaultReferer.allowEmpty,
        truncateQuery: document.AllowTruncateQueryString ?? defaultReferer.truncateQuery,
        truncatePath: document.TruncatePath ?? defaultReferer.truncatePath,
        allowed: entriesOf(document.RefererList),
        refused: entriesOf(document.RefererBlacklist),
      };
      if (setting.truncatePath && !setting.truncateQuery) {
        throw new XmlError('The element TruncatePath may be true only where AllowTruncateQueryString is.');
      }
      return setting;
    },
    write: ({ allowEmpty, truncateQuery, truncatePath, allowed, refused }) => ({
      AllowEmptyReferer: allowEmpty,
      AllowTruncateQueryString: truncateQuery,
      TruncatePath: truncatePath,
      RefererList: { Referer: allowed },
      RefererBlacklist: refused.length > 0 ? { Referer: refused } : undefined,
    }),
  },
);

export const putBucketReferer = referer.put;
export const getBucketReferer = referer.get;

/** Clients write an empty entry to empty a list. */
const entriesOf = (list: { Referer: string[] } | undefined): string[] =>
  (list?.Referer ?? []).map((entry) => entry.trim()).filter((entry) => entry !== '');

/**
 * Refuses reads that some other page led to. Only those who carry no signature in their headers are asked: a program that
 * signs is no page.
 */
export function checkReferer(
  { referer }: SettingsOfBucket,
  method: string,
  headers: Readonly<Record<string, string | undefined>>,
): void {
  if (referer === undefined || headers.authorization !== undefined) return;
  if ((method !== 'GET' && method !== 'HEAD') || refererMayRead(referer, headers.referer ?? '')) return;
  throw new OssError('AccessDenied', { message: 'You are denied by bucket referer policy.' });
}
