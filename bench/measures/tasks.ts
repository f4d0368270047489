import { setTimeout as pause } from 'node:timers/promises';
import { oss, type RunningServer } from '@millrace/testkit';

const LOOK_EVERY_MS = 5;
const PATIENCE_MS = 120_000;

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Puts an object, or makes the bucket when the path is `/bucket/`. */
export async function put(server: RunningServer, path: string, body: Uint8Array = new Uint8Array()): Promise<void> {
  const { status, text } = await oss(server, { method: 'PUT', path, body });
  if (status !== 200) throw new Error(`PUT ${path}: ${status} ${text}`);
}

/** Submits a task for the object at `path`. */
export async function submit(server: RunningServer, path: string, process: string): Promise<void> {
  const { status, text } = await oss(server, {
    method: 'POST',
    path,
    query: { 'x-oss-async-process': '' },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `x-oss-async-process=${encodeURIComponent(process)}`,
  });
  if (status !== 200) throw new Error(`${process}: ${status} ${text}`);
}

/** Resolves when the object exists. Outputs appear whole, so this is when the work is done. */
export async function appearance(server: RunningServer, path: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while ((await oss(server, { method: 'HEAD', path })).status !== 200) {
    if (performance.now() > deadline) throw new Error(`${path} did not appear within ${PATIENCE_MS / 1000} s`);
    await pause(LOOK_EVERY_MS);
  }
}
