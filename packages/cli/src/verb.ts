import type { Mns, Oss, Ram } from 'millrace';

/** Exit codes, as documented for every verb. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  auth: 3,
  notFound: 4,
  partial: 5,
  network: 6,
  interrupted: 130,
};

/** What a verb takes after two hyphens; names are those of ossutil 2 where it has them. */
export interface Flag {
  /** Without the hyphens. */
  name: string;
  short?: string;
  /** What stands for its value in help; a flag without one is on or off. */
  value?: string;
  repeated?: boolean;
  summary: string;
}

export interface Verb {
  name: string;
  /** The words after the verb, for help. */
  operands: string;
  /** How many there must be. */
  count: readonly [least: number, most: number];
  summary: string;
  flags: readonly Flag[];
  run(call: Call): Promise<number>;
}

/** One use of a verb. */
export interface Call {
  operands: readonly string[];
  text(name: string): string | undefined;
  list(name: string): readonly string[];
  on(name: string): boolean;
  number(name: string): number | undefined;
  oss(): Promise<Oss>;
  mns(): Promise<Mns>;
  ram(): Promise<Ram>;
  settings(): Promise<{ endpoint: string; accessKeyId: string; accessKeySecret: string; console: string }>;
  out: Output;
  signal: AbortSignal;
}

/** Text for people, JSON for programs; what is under way only on a terminal. */
export interface Output {
  json: boolean;
  terminal: boolean;
  columns(): number;
  line(text: string): void;
  /** One object a line with `--json`, otherwise the text. */
  result(value: unknown, text: string): void;
  error(text: string): void;
  /** Replaced by the next one; on a terminal only. */
  status(text: string): void;
}

/** The caller wrote something that means nothing. */
export class UsageError extends Error {}

/** Part of what was asked for failed; it was told already. */
export class PartialFailure extends Error {}
