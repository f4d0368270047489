import assert from 'node:assert/strict';
import { type Answer, oss, type RunningServer } from '@millrace/testkit';
import sharp from 'sharp';
import type { Pixels } from './imagemagick.ts';

/** Where the pictures of a test are. */
export const BUCKET = 'pictures';

export async function store(
  server: RunningServer,
  key: string,
  body: Uint8Array,
  headers: Record<string, string> = {},
) {
  const { status, text } = await oss(server, { method: 'PUT', path: `/${BUCKET}/${key}`, body, headers });
  assert.equal(status, 200, text);
}

/** A read by a process string, signed. */
export function process(
  server: RunningServer,
  key: string,
  text: string,
  more: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return oss(server, { method: 'GET', path: `/${BUCKET}/${key}`, query: { 'x-oss-process': text }, ...more });
}

/** As `process`, and all is well. */
export async function processed(server: RunningServer, key: string, text: string): Promise<Buffer> {
  const { status, body, text: said } = await process(server, key, text);
  assert.equal(status, 200, `${text}: ${said.slice(0, 500)}`);
  return body;
}

export const codeOf = ({ text }: Answer): string => /<Code>(.*)<\/Code>/.exec(text)?.[1] ?? '';

/** What a reader who knows all formats sees. */
export async function seen(bytes: Uint8Array): Promise<Pixels> {
  const pipeline = sharp(bytes, { limitInputPixels: false }).toColourspace('srgb').ensureAlpha();
  const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
