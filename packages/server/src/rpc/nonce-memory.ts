/** Far above what one server is asked in the time for which a nonce is remembered. */
const MOST = 200_000;

/**
 * The nonces of requests that were accepted, each for as long as its request could be sent again. In two halves that
 * take turns, so that forgetting costs nothing; when one is full it is forgotten early, rather than letting memory grow.
 */
export class NonceMemory {
  #lifeMs: number;
  #current = new Set<string>();
  #previous = new Set<string>();
  #turnMs = 0;

  constructor(lifeMs: number) {
    this.#lifeMs = lifeMs;
  }

  /** Whether this is the first time, which it is not from now on. */
  use(nonce: string, nowMs: number): boolean {
    if (nowMs >= this.#turnMs || this.#current.size >= MOST) {
      this.#previous = nowMs >= this.#turnMs + this.#lifeMs ? new Set() : this.#current;
      this.#current = new Set();
      this.#turnMs = nowMs + this.#lifeMs;
    }
    if (this.#current.has(nonce) || this.#previous.has(nonce)) return false;
    this.#current.add(nonce);
    return true;
  }
}
