/**
 * Samples of every format, cut short or with bits turned over: each is done or refused cleanly, nothing hangs, and the
 * process lives. `MILLRACE_BROKEN_CASES` says how many of each (8), `MILLRACE_FAULT_SEED` what they are.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { decode, type Operation } from '@millrace/process';
import { Document, Packer, Paragraph } from 'docx';
import { pino } from 'pino';
import sharp from 'sharp';
import { DomainError } from '../domain/errors.ts';
import type { MediaFamily } from '../domain/ports/media-engine.ts';
import { type Engines, openEngines } from './engines.ts';
import { encodeBmp } from './image/bmp.ts';

const cases = Number(process.env.MILLRACE_BROKEN_CASES ?? 8);
let seed = Number(process.env.MILLRACE_FAULT_SEED ?? 20);

/** A whole number from 0 up to, but not including, `bound` (mulberry32). */
function draw(bound: number): number {
  seed = (seed + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
}

/** Refusals a caller can act on. `EngineFailed` is not one of them: the engine is to know a broken input for what it is. */
const CLEAN = ['MediaUnreadable', 'MediaUnsupported', 'MediaTooLarge', 'ProcessInvalid', 'CropOutside'];
const LONGEST_MS = 60_000;

let folder: string;
let engines: Engines;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-broken-'));
  engines = openEngines({
    folder: join(folder, 'host'),
    sandbox: 'on',
    officeDeadlineMs: 2 * LONGEST_MS,
    mediaDeadlineMs: 2 * LONGEST_MS,
    log: pino({ level: 'silent' }),
  });
});
after(async () => {
  await engines.close();
  await rm(folder, { recursive: true, force: true });
});

function broken(whole: Buffer): Buffer {
  const bytes = Buffer.from(whole);
  switch (draw(4)) {
    case 0:
      return bytes.subarray(0, draw(bytes.length));
    case 1:
      for (let flips = 1 + draw(20); flips > 0; flips--) {
        const at = draw(bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << draw(8));
      }
      return bytes;
    case 2:
      // Headers, where sizes and counts are.
      for (let changes = 1 + draw(5); changes > 0; changes--) bytes[draw(Math.min(bytes.length, 512))] = draw(256);
      return bytes;
    default: {
      const from = draw(bytes.length);
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + draw(2_000))]);
    }
  }
}

async function run(family: MediaFamily, name: string, bytes: Buffer, operations: readonly Operation[]): Promise<void> {
  const path = join(folder, 'source');
  await writeFile(path, bytes);
  await engines.media[family].run({
    source: { name, size: bytes.length, bytes: async () => bytes, file: async () => path },
    operations,
    emit: async ({ body }) => {
      const size = 'path' in body ? (await readFile(body.path)).length : body.bytes.length;
      assert.ok(size > 0);
    },
    signal: AbortSignal.timeout(LONGEST_MS),
  });
}

const picture = () =>
  sharp({ create: { width: 120, height: 90, channels: 3, background: '#c86432' } })
    .composite([
      { input: Buffer.from('<svg width="120" height="90"><circle cx="50" cy="40" r="30" fill="blue"/></svg>') },
    ])
    .png()
    .toBuffer();

const bitmap = async () => {
  const { data, info } = await sharp(await picture())
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return encodeBmp({ data, width: info.width, height: info.height, channels: 3 });
};

async function heic(): Promise<Buffer> {
  const path = join(folder, 'picture.heic');
  await writeFile(join(folder, 'picture.png'), await picture());
  await promisify(execFile)('heif-enc', ['-o', path, join(folder, 'picture.png')]);
  return readFile(path);
}

async function ffmpeg(name: string, ...words: string[]): Promise<Buffer> {
  const path = join(folder, name);
  await promisify(execFile)('ffmpeg', ['-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', ...words, path]);
  return readFile(path);
}

const clip = (name: string, ...codec: string[]) =>
  ffmpeg(name, 'testsrc2=size=96x64:rate=10:duration=1', '-f', 'lavfi', '-i', 'sine=duration=1', ...codec, '-shortest');

const letter = async () =>
  Packer.toBuffer(new Document({ sections: [{ children: [new Paragraph('第一页 page'), new Paragraph('two')] }] }));

async function pdf(): Promise<Buffer> {
  const path = join(folder, 'letter.docx');
  await writeFile(path, await letter());
  const saved: Buffer[] = [];
  await engines.media.doc.run({
    source: { name: 'a.docx', size: 1, bytes: async () => Buffer.alloc(0), file: async () => path },
    operations: [{ name: 'doc/convert', params: { target: 'pdf' } }],
    emit: async ({ body }) => void saved.push('path' in body ? await readFile(body.path) : Buffer.from(body.bytes)),
    signal: AbortSignal.timeout(LONGEST_MS),
  });
  return saved[0] ?? Buffer.alloc(0);
}

const samples: [name: string, make: () => Promise<Buffer>, ...processes: string[]][] = [
  ...(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const).map(
    (format): [string, () => Promise<Buffer>, string, string, string] => [
      `picture.${format}`,
      async () =>
        sharp(await picture())
          .toFormat(format)
          .toBuffer(),
      'image/resize,w_50/rotate,20',
      'image/info',
      'image/crop,x_10/blur,r_5,s_3/watermark,text_YQ/circle,r_40',
    ],
  ),
  ['picture.bmp', bitmap, 'image/resize,w_50/rotate,20', 'image/info'],
  ['picture.heic', heic, 'image/resize,w_50', 'image/info'],
  [
    'clip.mp4',
    () => clip('clip.mp4', '-c:v', 'libx264', '-c:a', 'aac'),
    'video/convert,f_mp4,vcodec_h264,s_64x64',
    'video/snapshots,f_jpg,num_2',
    'video/snapshot,t_500,f_jpg',
    'video/info',
  ],
  ['clip.mkv', () => clip('clip.mkv', '-c:v', 'mpeg4', '-c:a', 'libmp3lame'), 'video/animation,f_gif,num_3'],
  ['clip.ts', () => clip('clip.ts', '-c:v', 'mpeg2video', '-c:a', 'mp2'), 'video/convert,f_mp4,vcodec_h264,s_64x64'],
  ['song.flac', () => ffmpeg('song.flac', 'sine=duration=0.5'), 'audio/convert,f_mp3'],
  ['song.mp3', () => ffmpeg('song.mp3', 'sine=duration=0.5'), 'audio/convert,f_aac', 'audio/info'],
  ['letter.docx', letter, 'doc/convert,target_txt'],
  ['letter.pdf', pdf, 'doc/convert,target_png'],
];

function readOperations(text: string): readonly Operation[] {
  const sync = text.startsWith('image/') || text.endsWith('/info') || text.startsWith('video/snapshot,');
  const process = sync ? decode(text, 'sync') : decode(`${text}|sys/saveas,o_YQ`, 'async');
  return process.stages[0] ?? [];
}

for (const [name, make, ...processes] of samples) {
  test(`a broken ${name} is done or refused cleanly`, async (t) => {
    t.diagnostic(`MILLRACE_FAULT_SEED=${seed}`);
    const whole = await make();
    const ends = new Map<string, number>();
    for (let number = 0; number < cases; number++) {
      const text = processes[number % processes.length] ?? '';
      const operations = readOperations(text);
      const family = text.slice(0, text.indexOf('/')) as MediaFamily;
      if (number === 0) await run(family, name, whole, operations);
      const bytes = broken(whole);
      let end = 'done';
      try {
        await run(family, name, bytes, operations);
      } catch (error) {
        end = error instanceof DomainError ? error.kind : String(error);
        if (!CLEAN.includes(end)) {
          assert.fail(
            `${text} of ${bytes.toString('base64').slice(0, 200_000)}: ${end} ${error instanceof Error ? error.stack : ''}`,
          );
        }
      }
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    t.diagnostic(JSON.stringify(Object.fromEntries(ends)));
  });
}
