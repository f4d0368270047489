import type { PushService } from '../domain/queues/push-service.ts';

/** What operators see of messages on their way to URLs, and do about those that nobody tries any more. */
export class PushRoutes {
  #pushes: Pick<PushService, 'attempts' | 'givenUp' | 'replay'>;

  constructor(pushes: Pick<PushService, 'attempts' | 'givenUp' | 'replay'>) {
    this.#pushes = pushes;
  }

  async answer(method: string, path: string): Promise<{ status: number; body: unknown }> {
    if (path === '/-/pushes') {
      if (method !== 'GET') return { status: 405, body: { error: 'Use GET.' } };
      return { status: 200, body: { attempts: this.#pushes.attempts, givenUp: await this.#pushes.givenUp() } };
    }
    const id = /^\/-\/pushes\/(\d{1,15})\/replay$/.exec(path)?.[1];
    if (id === undefined) return { status: 404, body: { error: 'There is /-/pushes and /-/pushes/ID/replay.' } };
    if (method !== 'POST') return { status: 405, body: { error: 'Use POST.' } };
    if (await this.#pushes.replay(Number(id))) return { status: 202, body: { replayed: Number(id) } };
    return { status: 404, body: { error: `No push ${id} was given up: see /-/pushes.` } };
  }
}
