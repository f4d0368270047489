/** The luminance table of the JPEG standard (annex K), in zigzag order: what the IJG library scales by its quality. */
const STANDARD_LUMINANCE = [
  16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
  60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121,
  112, 100, 120, 92, 101, 103, 99,
];

/** The luminance table the IJG library writes at each quality; index 0 is unused. */
const TABLES = Array.from({ length: 101 }, (_, quality) => {
  const scale = quality < 50 ? Math.floor(5000 / Math.max(1, quality)) : 200 - quality * 2;
  return STANDARD_LUMINANCE.map((entry) => Math.min(255, Math.max(1, Math.floor((entry * scale + 50) / 100))));
});

/**
 * The quality a JPEG was written with, 1–100: that of the IJG table closest to its luminance table. The vendor re-encodes
 * at the source's own quality, so `example.jpg` (82) stays at 82. Undefined when the file has no such table.
 */
export function estimateJpegQuality(bytes: Buffer): number | undefined {
  const table = luminanceTable(bytes);
  if (!table) return undefined;
  let best = 0;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (let quality = 100; quality >= 1; quality--) {
    let distance = 0;
    const candidate = TABLES[quality] ?? [];
    for (let index = 0; index < 64; index++) distance += Math.abs((candidate[index] ?? 0) - (table[index] ?? 0));
    if (distance < bestDistance) {
      bestDistance = distance;
      best = quality;
    }
  }
  return best;
}

/** Table 0 of the DQT segments before the first scan. */
function luminanceTable(bytes: Buffer): number[] | undefined {
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) return undefined;
    const length = bytes.readUInt16BE(at + 2);
    if (length < 2) return undefined;
    if (marker === 0xdb) {
      const end = Math.min(at + 2 + length, bytes.length);
      let table = at + 4;
      while (table < end) {
        const wide = (bytes[table] ?? 0) >> 4 !== 0;
        const id = (bytes[table] ?? 0) & 15;
        const size = wide ? 128 : 64;
        if (table + 1 + size > end) return undefined;
        if (id === 0) {
          return Array.from({ length: 64 }, (_, index) =>
            wide ? bytes.readUInt16BE(table + 1 + index * 2) : (bytes[table + 1 + index] ?? 0),
          );
        }
        table += 1 + size;
      }
    }
    at += 2 + length;
  }
  return undefined;
}
