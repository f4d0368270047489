/** Vendor rule: of these types, from this size on. */
const TYPES =
  /^(?:text\/(?:html|css|plain|xml|javascript|x-component|vtt|csv)|application\/(?:javascript|x-javascript|json|xml|rss\+xml|atom\+xml|xhtml\+xml)|image\/svg\+xml)(?:;|$)/i;
const LEAST_BYTES = 1024;

/** Whether a read is answered with compressed bytes: only whole, and not what its writer has encoded already. */
export function isZipped(
  asked: { range?: string | undefined; acceptEncoding?: string | undefined },
  facts: { contentType: string; contentEncoding?: string | undefined },
  size: number,
): boolean {
  if (asked.acceptEncoding === undefined || size < LEAST_BYTES || asked.range !== undefined) return false;
  return facts.contentEncoding === undefined && TYPES.test(facts.contentType) && accepts(asked.acceptEncoding);
}

const accepts = (header: string): boolean => {
  const gzip = /(?:^|,)\s*gzip\s*(?:;\s*q=([\d.]+)\s*)?(?:,|$)/i.exec(header);
  return gzip !== null && Number(gzip[1] ?? 1) > 0;
};

/** What such an answer says otherwise: the length, the ETag and the MD5 are those of other bytes. */
export const ZIPPED = {
  contentEncoding: 'gzip',
  acceptRanges: undefined,
  contentMd5: undefined,
  etag: undefined,
  vary: 'Accept-Encoding',
} as const;
