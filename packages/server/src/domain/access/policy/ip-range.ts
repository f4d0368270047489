/** An address as bytes: 4 of IPv4, 16 of IPv6. */
type Address = readonly number[];

/** Addresses that share their first `bits` with `base`. */
export interface IpRange {
  base: Address;
  bits: number;
}

/** `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`; undefined for anything else. */
export function parseIpRange(text: string): IpRange | undefined {
  const [host = '', length, ...more] = text.trim().split('/');
  const base = parseAddress(host);
  if (base === undefined || more.length > 0) return undefined;
  const most = base.length * 8;
  if (length === undefined) return { base, bits: most };
  if (!/^\d{1,3}$/.test(length) || Number(length) > most) return undefined;
  return { base, bits: Number(length) };
}

export function isInRange(address: string, { base, bits }: IpRange): boolean {
  const bytes = parseAddress(address);
  if (bytes === undefined || bytes.length !== base.length) return false;
  for (let index = 0; index * 8 < bits; index++) {
    const kept = Math.min(8, bits - index * 8);
    const mask = (0xff << (8 - kept)) & 0xff;
    if (((bytes[index] ?? 0) & mask) !== ((base[index] ?? 0) & mask)) return false;
  }
  return true;
}

function parseAddress(text: string): Address | undefined {
  const bytes = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  // Sockets that take both versions show IPv4 clients as ::ffff:10.0.0.1.
  const mapped = bytes?.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff;
  return mapped && bytes[11] === 0xff ? bytes.slice(12) : bytes;
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return parts.map(Number);
}

function parseIpv6(text: string): number[] | undefined {
  const [unscoped = ''] = text.split('%', 1);
  const halves = unscoped.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(parseGroups);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (tail === undefined) return head.length === 16 ? head : undefined;
  const zeros = 16 - head.length - tail.length;
  return zeros < 2 ? undefined : [...head, ...Array<number>(zeros).fill(0), ...tail];
}

/** Groups of hexadecimal digits, of which the last may be an IPv4 address. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const ipv4 = index === groups.length - 1 && group.includes('.') ? parseIpv4(group) : undefined;
    if (ipv4 !== undefined) {
      bytes.push(...ipv4);
      continue;
    }
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes.push(value >> 8, value & 0xff);
  }
  return bytes;
}
