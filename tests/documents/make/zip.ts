import { crc32, deflateRawSync } from 'node:zlib';

/** One file of an archive. */
export interface Entry {
  name: string;
  body: string | Uint8Array;
  /** Kept as it is instead of compressed; OpenDocument wants its first entry so. */
  stored?: boolean;
  /** What the archive says of its size, instead of the truth. */
  claimedSize?: number;
  /** What the archive says of its checksum, instead of the truth. */
  claimedCrc?: number;
  /** `body` is compressed already: what it unpacks to is never in memory. */
  packed?: { size: number; crc: number };
}

/** A ZIP archive, of the kind that office programs write: no dates, no extra fields. */
export function zip(entries: readonly Entry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const body = Buffer.from(entry.body);
    const data = entry.stored || entry.packed ? body : deflateRawSync(body);
    // What both headers say: version, flags (names are UTF-8), method, time and date, checksum, sizes, length of the name.
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x0800, 2);
    facts.writeUInt16LE(entry.stored ? 0 : 8, 4);
    facts.writeUInt32LE(0x21, 8);
    facts.writeUInt32LE(entry.claimedCrc ?? entry.packed?.crc ?? crc32(body), 10);
    facts.writeUInt32LE(data.length, 14);
    facts.writeUInt32LE(entry.claimedSize ?? entry.packed?.size ?? body.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    files.push(Buffer.from('PK\x03\x04', 'latin1'), facts, name, data);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, place, name);
    at += 30 + name.length + data.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, list, end]);
}
