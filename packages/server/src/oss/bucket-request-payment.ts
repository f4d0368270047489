import { served } from '@millrace/protocol/oss';
import type { Principal } from '../domain/access/principal.ts';
import type { BucketRow } from '../domain/ports/object-records.ts';
import type { SettingsOfBucket } from '../domain/settings/bucket-settings.ts';
import { documentHandlers } from './bucket-document.ts';
import { OssError } from './oss-error.ts';

const payment = documentHandlers(
  { put: served.PutBucketRequestPayment, get: served.GetBucketRequestPayment },
  {
    setting: 'requestPayment',
    unset: { Payer: 'BucketOwner' },
    read: ({ Payer: payer }) => ({ payer }),
    write: ({ payer }) => ({ Payer: payer }),
  },
);

export const putBucketRequestPayment = payment.put;
export const getBucketRequestPayment = payment.get;

/**
 * Whether the requester pays for this request. Throws where the bucket wants that and the request does not say it will;
 * whoever has no account cannot.
 */
export function chargesRequester(
  { requestPayment }: SettingsOfBucket,
  request: {
    principal: Principal;
    bucket: BucketRow;
    query: ReadonlyMap<string, string>;
    headers: Readonly<Record<string, string | undefined>>;
  },
): boolean {
  if (requestPayment?.payer !== 'Requester') return false;
  const { principal, bucket, query, headers } = request;
  if (principal.kind !== 'anonymous' && principal.accountId === bucket.ownerId) return false;
  const payer = headers['x-oss-request-payer'] ?? query.get('x-oss-request-payer') ?? '';
  if (principal.kind === 'anonymous' || payer.toLowerCase() !== 'requester') {
    throw new OssError('AccessDenied', {
      ec: '0003-00000703',
      message: 'Access denied for requester pay bucket. Send x-oss-request-payer: requester to pay for the request.',
    });
  }
  return true;
}
