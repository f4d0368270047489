import { BlockList, isIP } from 'node:net';

/** Addresses that nothing may go to, unless a setting names them: they are reachable from this machine only. */
const NEVER = [
  // This host, and "any address".
  '0.0.0.0/8',
  '::/128',
  // Link-local: where clouds keep the credentials of a machine, the vendor's own among them.
  '169.254.0.0/16',
  'fe80::/10',
  '100.100.100.200/32',
  'fd00:ec2::254/128',
  // Multicast and broadcast.
  '224.0.0.0/4',
  '240.0.0.0/4',
  // What a translator makes of IPv4 addresses, those above among them.
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
  'ff00::/8',
];
/** Networks of others in the same house, for which a client with a key here need not have one. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '198.18.0.0/15', 'fc00::/7'];
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** Adds `ADDRESS/BITS` or a bare address. False when it is neither. */
function addNetwork(list: BlockList, network: string): boolean {
  const [address = '', bits, ...rest] = network.split('/');
  const family = isIP(address);
  const width = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? width : Number(bits);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits ?? '0') || prefix > width) return false;
  list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return true;
}

/** Whether an address is on the internet, and not of this machine or the networks that it is in. */
export function isPublicAddress(address: string): boolean {
  return isIP(address) !== 0 && !within(AT_HOME, address);
}

/** Whether an address is in one of these networks. */
export const isAmong = (networks: readonly string[], address: string): boolean => within(listOf(networks), address);

const within = (list: BlockList, address: string): boolean =>
  list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

export const isNetwork = (text: string): boolean => addNetwork(new BlockList(), text);

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) if (!addNetwork(list, network)) throw new TypeError(`Not a network: ${network}`);
  return list;
}

const AT_HOME = listOf([...PRIVATE, ...LOOPBACK, '169.254.0.0/16', 'fe80::/10']);

/**
 * Which addresses requests that clients ask for may go to. Without a list of networks: public ones, and
 * loopback only from a server that is reached there and nowhere else, where whoever can ask could go there as well.
 * `hosts`: where the server listens, and under which names it says it is reached (behind a proxy these differ).
 */
export function reachable(options: {
  networks: readonly string[];
  hosts: readonly string[];
}): (address: string) => boolean {
  if (options.networks.length > 0) {
    const allowed = listOf(options.networks);
    return (address) => within(allowed, address);
  }
  const loopback = listOf(LOOPBACK);
  const local = options.hosts.every((host) => host === 'localhost' || (isIP(host) !== 0 && within(loopback, host)));
  const refused = listOf([...NEVER, ...PRIVATE, ...(local ? [] : LOOPBACK)]);
  return (address) => !within(refused, address);
}
