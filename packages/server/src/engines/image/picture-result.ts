export interface PictureResult {
  contentType: string;
  extension: string;
  bytes: Uint8Array;
  /** The quality at which these pixels, a PNG still, are to be encoded by a program that knows their format. */
  pendingQuality?: number;
}

export function json(value: unknown): PictureResult {
  return { contentType: 'application/json', extension: 'json', bytes: Buffer.from(JSON.stringify(value, null, 4)) };
}
