import { RpcError } from '@millrace/protocol/rpc';

const DEFAULT_ITEMS = 100;
const MOST_ITEMS = 1000;

/** Seconds, as the vendor writes times here. */
export const wireTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** Markers carry the number of the last one of a page. */
export function pageQuery(input: { Marker?: string | undefined; MaxItems?: number | undefined }): {
  after: number;
  limit: number;
} {
  const { Marker: marker, MaxItems: limit = DEFAULT_ITEMS } = input;
  if (limit < 1 || limit > MOST_ITEMS) {
    throw new RpcError('InvalidParameter.MaxItems', `MaxItems must be from 1 to ${MOST_ITEMS}.`);
  }
  if (marker === undefined || marker === '') return { after: 0, limit };
  const after = Number(Buffer.from(marker, 'base64url').toString('latin1'));
  if (!Number.isSafeInteger(after) || encodeMarker(after) !== marker) {
    throw new RpcError('InvalidParameter.Marker', 'The Marker must be the one of an earlier answer.');
  }
  return { after, limit };
}

const encodeMarker = (id: number): string => Buffer.from(String(id)).toString('base64url');

export const pageEnd = (next: number | undefined): { IsTruncated: boolean; Marker?: string } =>
  next === undefined ? { IsTruncated: false } : { IsTruncated: true, Marker: encodeMarker(next) };
