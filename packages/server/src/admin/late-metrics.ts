import type { Protocol } from '../http/exchange.ts';
import type { RequestObserver } from '../http/listener.ts';
import type { GaugeSource, Metrics } from './metrics.ts';

type Outcome = Parameters<RequestObserver['ended']>[0];

/** What is kept of requests until somebody asks for metrics. Past it, keeping would cost more than counting. */
const EARLY_EVENTS = 1_000;

/**
 * Metrics from the first request on. The library that counts takes a sixth of a start to load, so that is done when metrics
 * are asked for, or when there is enough to count.
 */
export class LateMetrics implements RequestObserver {
  #gauges: readonly GaugeSource[];
  #early: ((metrics: Metrics) => void)[] = [];
  #metrics: Metrics | undefined;
  #loading: Promise<Metrics> | undefined;

  constructor(gauges: readonly GaugeSource[] = []) {
    this.#gauges = gauges;
  }

  began(protocol: Protocol): void {
    this.#tell((metrics) => metrics.began(protocol));
  }

  ended(outcome: Outcome): void {
    this.#tell((metrics) => metrics.ended(outcome));
  }

  taskBegan(...event: Parameters<Metrics['taskBegan']>): void {
    this.#tell((metrics) => metrics.taskBegan(...event));
  }

  taskEnded(...event: Parameters<Metrics['taskEnded']>): void {
    this.#tell((metrics) => metrics.taskEnded(...event));
  }

  get(): Promise<Metrics> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  #tell(event: (metrics: Metrics) => void): void {
    if (this.#metrics) {
      event(this.#metrics);
      return;
    }
    this.#early.push(event);
    if (this.#early.length === EARLY_EVENTS) void this.get();
  }

  async #load(): Promise<Metrics> {
    const module = await import('./metrics.ts');
    const metrics = new module.Metrics(this.#gauges);
    for (const event of this.#early) event(metrics);
    this.#early = [];
    this.#metrics = metrics;
    return metrics;
  }
}
