import type { Segment } from '../../domain/ports/object-records.ts';

/** Segment lists as JSON arrays without names: an object of 10,000 parts has as many. */
export function formatSegments(segments: readonly Segment[]): string {
  return JSON.stringify(segments.map(({ blob, offset, length, crc64 }) => [blob, offset, length, crc64]));
}

export function parseSegments(text: string): Segment[] {
  const rows: [string, number, number, string][] = JSON.parse(text);
  return rows.map(([blob, offset, length, crc64]) => ({ blob, offset, length, crc64 }));
}
