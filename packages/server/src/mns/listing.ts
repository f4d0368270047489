import { DEFAULT_PAGE, MnsError } from '@millrace/protocol/mns';

/** Markers carry the last name of a page; base64, so that clients do not come to rely on what is inside. */
export const encodeMarker = (name: string): string => Buffer.from(name, 'utf8').toString('base64');

export function pageQuery(input: { prefix?: string; marker?: string; limit?: number }): {
  prefix: string;
  after: string;
  limit: number;
} {
  const marker = input.marker ?? '';
  const after = Buffer.from(marker, 'base64').toString('utf8');
  if (encodeMarker(after) !== marker) {
    throw new MnsError('InvalidArgument', 'The value of x-mns-marker should be the NextMarker of an earlier answer.');
  }
  return { prefix: input.prefix ?? '', after, limit: input.limit ?? DEFAULT_PAGE };
}

/** Create and modify times go over the wire in seconds. */
export const seconds = (ms: number): number => Math.floor(ms / 1000);
