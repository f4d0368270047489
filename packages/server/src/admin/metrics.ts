import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestObserver } from '../http/listener.ts';

/** One gauge that is asked for its values when it is scraped. */
export interface GaugeSource {
  /** With the prefix `millrace_`. */
  name: string;
  help: string;
  labels?: readonly string[];
  read(): Promise<GaugeReading[]> | GaugeReading[];
}

export interface GaugeReading {
  labels?: Readonly<Record<string, string>>;
  value: number;
}

/** From a second of sound to a long film. */
const TASK_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400];

/** From a cached small read to a synchronous conversion of a long document. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Requests that are counted in one go: one at a time, finding their series costs each of them several times as much. */
const COUNTED_TOGETHER = 256;

type Outcome = Parameters<RequestObserver['ended']>[0];

/** What this process counts, in the format of Prometheus. */
export class Metrics implements RequestObserver {
  #registry = new Registry();
  #requests: Counter<'protocol' | 'operation' | 'status'>;
  #durations: Histogram<'protocol' | 'operation'>;
  #inFlight = new Map<string, number>();
  #ended: Outcome[] = [];
  #taskWaits: Histogram<'kind'>;
  #taskRuns: Histogram<'kind' | 'state'>;

  constructor(gauges: readonly GaugeSource[] = []) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry, prefix: 'millrace_' });
    this.#requests = new Counter({
      name: 'millrace_requests_total',
      help: 'Requests answered, by protocol, operation and status.',
      labelNames: ['protocol', 'operation', 'status'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'millrace_request_duration_seconds',
      help: 'Time from the request head to the end of the answer.',
      labelNames: ['protocol', 'operation'],
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.#addGauge({
      name: 'millrace_requests_in_flight',
      help: 'Requests being answered.',
      labels: ['protocol'],
      read: () => Array.from(this.#inFlight, ([protocol, value]) => ({ labels: { protocol }, value })),
    });
    this.#taskWaits = new Histogram({
      name: 'millrace_task_wait_seconds',
      help: 'Time from the acceptance of a task until work on it began, by kind.',
      labelNames: ['kind'],
      buckets: TASK_BUCKETS,
      registers,
    });
    this.#taskRuns = new Histogram({
      name: 'millrace_task_run_seconds',
      help: 'Time from the beginning of the last attempt until the end of a task, by kind and state.',
      labelNames: ['kind', 'state'],
      buckets: TASK_BUCKETS,
      registers,
    });
    for (const source of gauges) this.#addGauge(source);
  }

  /** Work on a task began for the first time. */
  taskBegan(kind: string, waitedSeconds: number): void {
    this.#taskWaits.observe({ kind }, waitedSeconds);
  }

  taskEnded(kind: string, state: string, seconds: number): void {
    this.#taskRuns.observe({ kind, state }, seconds);
  }

  #addGauge(source: GaugeSource): void {
    new Gauge({
      name: source.name,
      help: source.help,
      labelNames: [...(source.labels ?? [])],
      registers: [this.#registry],
      async collect() {
        // Series that are no longer reported must not keep their last value.
        this.reset();
        for (const { labels = {}, value } of await source.read()) this.set(labels, value);
      },
    });
  }

  began(protocol: string): void {
    this.#inFlight.set(protocol, (this.#inFlight.get(protocol) ?? 0) + 1);
  }

  ended(outcome: Outcome): void {
    this.#inFlight.set(outcome.protocol, (this.#inFlight.get(outcome.protocol) ?? 0) - 1);
    this.#ended.push(outcome);
    if (this.#ended.length >= COUNTED_TOGETHER) this.#count();
  }

  #count(): void {
    for (const { protocol, operation: known, status, seconds } of this.#ended) {
      // Requests refused before their operation was known share one series.
      const operation = known || 'unknown';
      this.#requests.inc({ protocol, operation, status: String(status) });
      this.#durations.observe({ protocol, operation }, seconds);
    }
    this.#ended = [];
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    this.#count();
    return this.#registry.metrics();
  }
}
