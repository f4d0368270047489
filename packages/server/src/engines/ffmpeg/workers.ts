import { availableParallelism } from 'node:os';

/** An encoder makes good use of several cores, and more than so many at once would only share memory out. */
const MOST_WORKERS = 4;

/**
 * Who is at work on video and sound: one worker for each job, whatever others are doing, and further ones for jobs that can
 * be split, while some are idle.
 */
export class Workers {
  readonly count: number;
  #hired = 0;
  constructor(count = Math.min(MOST_WORKERS, availableParallelism())) {
    this.count = count;
  }

  /** More are at work than there are: who helps out is to leave. */
  get crowded(): boolean {
    return this.#hired > this.count;
  }

  /** A job's own, which it always gets. May be given back twice. */
  hire(): Disposable {
    this.#hired += 1;
    let held = 1;
    return {
      [Symbol.dispose]: () => {
        this.#hired -= held;
        held = 0;
      },
    };
  }

  /** One that has nothing else to do, if there is any. */
  hireIdle(): Disposable | undefined {
    return this.#hired < this.count ? this.hire() : undefined;
  }
}
