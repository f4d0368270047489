import { DomainError } from '../domain/errors.ts';
import type { ByteRange } from '../domain/objects/object-bytes.ts';

/**
 * The part of an object that a Range header asks for; undefined means all of it.
 *
 * Vendor rule: by default a range that does not lie inside the object gives the whole object with 200. With
 * `x-oss-range-behavior: standard` an end past the object is cut off, and a range that begins past it is an error (416).
 */
export function readRange(header: string | undefined, size: number, standard: boolean): ByteRange | undefined {
  if (header === undefined) return undefined;
  const unsatisfiable = (): undefined => {
    if (standard) throw new DomainError('RangeNotSatisfiable', { size });
    return undefined;
  };
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  const [, from = '', to = ''] = match ?? [];
  if (from === '' && to === '') return unsatisfiable();
  if (from === '') {
    const length = Math.min(Number(to), size);
    if (length === 0) return unsatisfiable();
    if (Number(to) > size && !standard) return undefined;
    return { offset: size - length, length };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Number(to);
  if (first >= size || last < first) return unsatisfiable();
  if (last >= size && !standard) return undefined;
  return { offset: first, length: Math.min(last, size - 1) - first + 1 };
}

/**
 * Whether a range is still meant: who goes on with a download says in `If-Range` of what, and is to have all of it if that has
 * changed since. RFC 9110 §13.1.5: compared strongly, and a date by itself.
 */
export function rangeHolds(ifRange: string | undefined, object: { etag: string; lastModifiedMs: number }): boolean {
  if (ifRange === undefined) return true;
  const validator = ifRange.trim();
  return (
    validator.replace(/^"(.*)"$/, '$1') === object.etag || validator === new Date(object.lastModifiedMs).toUTCString()
  );
}

/** `bytes 0-99/1000` */
export const contentRange = (range: ByteRange, size: number): string =>
  `bytes ${range.offset}-${range.offset + range.length - 1}/${size}`;
