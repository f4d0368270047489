import { Worker } from 'node:worker_threads';
import type { FileToWrite, ResultFiles } from '../../domain/ports/result-files.ts';
import type { Written } from './result-writer-thread.ts';

/** So long files are collected, in milliseconds. Nobody waits for them. */
const COLLECTED_MS = 20;

interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Writes files in a thread of its own, several at a time. By way of the thread pool each costs the server four calls that
 * wake a thread and are woken by it: a fifth of its work for a picture.
 */
export class ResultWriter implements ResultFiles {
  #worker: Worker | undefined;
  #collected: FileToWrite[] = [];
  /** Those who wait, oldest first: answers come in the order of files. */
  #waiting: Waiting[] = [];

  write(file: FileToWrite): Promise<void> {
    if (this.#collected.length === 0) setTimeout(() => this.#send(), COLLECTED_MS);
    this.#collected.push(file);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #send(): void {
    const files = this.#collected;
    this.#collected = [];
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage(
      files,
      files.map(({ bytes }) => bytes.buffer),
    );
  }

  #start(): Worker {
    const worker = new Worker(new URL('./result-writer-thread.ts', import.meta.url), { name: 'results' });
    worker.on('message', (written: Written) => {
      for (const [index, waiting] of this.#waiting.splice(0, written.length).entries()) {
        const error = written[index];
        if (error) waiting.reject(error);
        else waiting.resolve();
      }
      // The process need not go on for it when nothing is to be written.
      if (this.#waiting.length === this.#collected.length) worker.unref();
    });
    const end = (error: unknown): void => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      // What is still collected goes to another thread.
      const lost = this.#waiting.splice(0, this.#waiting.length - this.#collected.length);
      for (const { reject } of lost) reject(error);
    };
    worker.on('error', end);
    worker.on('exit', (code) => end(new Error(`The thread that writes results ended with ${code}.`)));
    return worker;
  }
}
