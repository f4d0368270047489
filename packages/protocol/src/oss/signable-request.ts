/** What both signature schemes look at. Names and values are decoded; header names are in lower case. */
export interface SignableRequest {
  method: string;
  /** Part of the signed resource however the bucket was addressed; absent for service operations. */
  bucket?: string | undefined;
  key?: string | undefined;
  query: ReadonlyMap<string, string>;
  headers: Readonly<Record<string, string | undefined>>;
}

/** Hash functions, passed in so that signing also runs where there is no node:crypto. Text is hashed as UTF-8. */
export interface Hashes {
  hmacSha1Base64(key: string, text: string): string;
  hmacSha256(key: string | Uint8Array, text: string): Uint8Array;
  hmacSha256Hex(key: Uint8Array, text: string): string;
  sha256Hex(text: string): string;
}

/** Compares by code unit, which for the names signed here is byte order. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
