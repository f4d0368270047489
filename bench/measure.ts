import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One line of the table: what was compared, both figures, and the ratio that is to reach a target. */
export interface Result {
  what: string;
  against: string;
  ours: string;
  theirs: string;
  /** The figure that the target is about, as text: `1.23 ×`, `38 ms`. */
  score: string;
  target: string;
  reached: boolean;
  /** What a reader must know to judge the figures. */
  notes: readonly string[];
}

export interface Measure {
  name: string;
  /** Of one line or, where they share what is slow to set up, several. `folder` is empty, on the disk that is measured, and removed afterwards. */
  run(folder: string, progress: (text: string) => void): Promise<Result | readonly Result[]>;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('no measurement was taken');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** `median (lowest–highest)`, so that a reader sees how much the runs differ. */
export function spread(values: readonly number[], unit: string, digits = 0): string {
  const show = (value: number): string =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${show(median(values))} ${unit} (${show(Math.min(...values))}–${show(Math.max(...values))})`;
}

/** Wall time of `work` in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Makes `folder/name` and says where it is. */
export async function makeFolder(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  return path;
}

/** Runs a program to its end; the promise rejects with the end of its stderr unless it exits with 0. */
export function runProgram(command: string, arguments_: readonly string[], environment = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, arguments_, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-2000);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ended with ${code ?? signal}: ${errors}`));
    });
  });
}

/** Runs one of the scripts in baselines/ in a process of its own and returns the number it prints. */
export async function runBaseline(name: string, arguments_: readonly string[], environment = {}): Promise<number> {
  const script = fileURLToPath(new URL(`baselines/${name}.ts`, import.meta.url));
  const printed = Number(await runProgram(process.execPath, [script, ...arguments_], environment));
  if (!Number.isFinite(printed)) throw new Error(`the baseline ${name} printed no number`);
  return printed;
}
