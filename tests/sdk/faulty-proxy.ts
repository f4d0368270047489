import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Fault = 'cut' | 'stall' | 'refuse' | 'corrupt-up' | 'corrupt-down' | 'slow';

export interface FaultyProxy {
  readonly endpoint: string;
  /** How many connections met a fault so far. */
  readonly faults: ReadonlyMap<Fault, number>;
  /** No further faults. */
  heal(): void;
  close(): Promise<void>;
}

const STALL_MS = 1200;
/** Heads are shorter than this: only bytes of bodies are changed, since a changed head is another request. */
const BODY_PIECE = 8 * 1024;

/** Stands before a server and does to some connections what networks do, by the choices of a seeded generator. */
export async function faultyProxy(endpoint: string, choose: (bound: number) => number): Promise<FaultyProxy> {
  const target = new URL(endpoint);
  const faults = new Map<Fault, number>();
  const open = new Set<Socket>();
  let healed = false;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    const kinds: Fault[] = ['cut', 'stall', 'refuse', 'corrupt-up', 'corrupt-down', 'slow'];
    const planned = choose(2) === 0 ? kinds[choose(kinds.length)] : undefined;
    let fault = healed ? undefined : planned;
    let until = choose(400 * 1024);
    const strike = (): Fault | undefined => {
      const struck = healed ? undefined : fault;
      fault = undefined;
      if (struck) faults.set(struck, (faults.get(struck) ?? 0) + 1);
      return struck;
    };
    const pass = (from: Socket, to: Socket, up: boolean) => (piece: Buffer) => {
      until -= piece.length;
      if (fault && until < 0) {
        const wrongWay = fault === (up ? 'corrupt-down' : 'corrupt-up') || (fault === 'refuse' && !up);
        const inHead = fault.startsWith('corrupt') && piece.length < BODY_PIECE;
        if (!wrongWay && !inHead) {
          switch (strike()) {
            case 'cut':
              client.resetAndDestroy();
              return;
            case 'stall':
              from.pause();
              setTimeout(() => client.destroy(), STALL_MS);
              return;
            case 'refuse':
              client.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
              upstream.destroy();
              return;
            case 'slow':
              from.pause();
              setTimeout(() => from.resume(), 100);
              break;
            default: {
              const at = piece.length - 1 - choose(1000);
              piece[at] = (piece[at] ?? 0) ^ 0x20;
            }
          }
        }
      }
      if (!to.write(piece)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    };
    client.on('data', pass(client, upstream, true));
    upstream.on('data', pass(upstream, client, false));
    client.on('end', () => upstream.end());
    upstream.on('end', () => client.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    heal() {
      healed = true;
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
