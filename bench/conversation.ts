import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { readHead } from './answer-head.ts';

/** One kept-alive connection. Requests go over it as bytes, one at a time, each after the answer to the one before. */
export class Conversation {
  #socket: Socket;
  #seen: Buffer = Buffer.of();
  #asked: { resolve: (answer: { status: number; body: string }) => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (piece: Buffer) => this.#receive(piece));
    socket.on('error', (error) => this.#asked?.reject(error));
    socket.on('close', () => this.#asked?.reject(new Error('the server closed a connection')));
  }

  static async open(port: number): Promise<Conversation> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new Conversation(socket);
  }

  ask(request: Uint8Array): Promise<{ status: number; body: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
    this.#asked = { resolve, reject };
    this.#socket.write(request);
    return promise;
  }

  close(): void {
    this.#asked = undefined;
    this.#socket.destroy();
  }

  #receive(piece: Buffer): void {
    this.#seen = this.#seen.length === 0 ? piece : Buffer.concat([this.#seen, piece]);
    const head = readHead(this.#seen);
    if (head === undefined || this.#seen.length < head.bodyAt + head.bodyLength) return;
    const body = this.#seen.toString('utf8', head.bodyAt);
    this.#seen = Buffer.of();
    this.#asked?.resolve({ status: head.status, body });
  }
}
