import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fixture } from '@millrace/testkit';
import { decoded, dense, inkOf, pdfTexts } from '../documents/inspect.ts';
import { pdfPages, pdfText } from '../documents/make/pdf.ts';
import { xlsx } from '../documents/make/sheets.ts';
import { pptx, textBox } from '../documents/make/slides.ts';

/** The text that is hidden in `marked.jpg`. */
export const HIDDEN = 'hidden in it';

/** What was made, by the part of its key behind the folder that it was asked for in. */
export type Outputs = ReadonlyMap<string, Buffer>;

/** A conversion of which many are asked for. */
export interface ConversionKind {
  source: string;
  action: string;
  /** Behind the folder of each; absent where nothing is stored and the notification has the answer. */
  target?: string;
  /** Answered when it is done, instead of announced. */
  sync?: true;
  /** Fails unless this is what must come of it. */
  judge(made: Outputs): Promise<void> | void;
}

const call = promisify(execFile);

/** The sources, by key. */
export async function conversionSources(): Promise<Record<string, Uint8Array>> {
  return {
    'report.docx': await readFile(await fixture('report.docx')),
    'slides.pptx': pptx([{ shapes: textBox('Slide one') }, { shapes: textBox('Slide two') }]),
    'book.xlsx': xlsx([
      { name: 'Prices', rows: [['first', 1]] },
      { name: 'Names', rows: [['second', 2]] },
    ]),
    'pages.pdf': pdfPages({ contents: Array.from({ length: 10 }, (_, page) => pdfText(`Leaf ${page + 1}`)) }),
    'clip.mp4': await readFile(await fixture('clip.mp4')),
    'song.wav': await readFile(await fixture('song.wav')),
    'photo.jpg': await readFile(await fixture('photo.jpg')),
  };
}

const encoded = (text: string) => Buffer.from(text).toString('base64url');

export const conversionKinds: readonly [ConversionKind, ...ConversionKind[]] = [
  { source: 'report.docx', action: 'doc/convert,target_pdf', target: 'report.pdf', judge: chapters },
  { source: 'report.docx', action: 'doc/convert,target_png,pages_1-2', target: '{index}.png', judge: pictures(2) },
  { source: 'report.docx', action: 'doc/convert,target_txt', target: '{index}.txt', judge: chapterTexts },
  {
    source: 'slides.pptx',
    action: 'doc/convert,target_jpg',
    target: '{index}.jpg',
    judge: pictures(2),
  },
  { source: 'book.xlsx', action: 'doc/convert,target_png', target: '{sheetname}/{index}.png', judge: sheets },
  { source: 'pages.pdf', action: 'doc/convert,target_jpg', target: '{index}.jpg', judge: pictures(10) },
  {
    source: 'clip.mp4',
    action: 'video/convert,f_mp4,vcodec_h264,s_320x180,acodec_aac',
    target: 'clip.mp4',
    judge: film({ video: 'h264 320x180 100', audio: 'aac' }),
  },
  { source: 'clip.mp4', action: 'video/snapshots,f_jpg,inter_1000', target: '{index}.jpg', judge: pictures(4) },
  {
    source: 'clip.mp4',
    action: 'video/animation,f_gif,w_160,h_90,inter_500',
    target: 'clip.gif',
    judge: film({ video: 'gif 160x90 8' }),
  },
  {
    source: 'clip.mp4',
    action: 'video/sprite,f_png,sw_64,sh_36,inter_1000,tw_2,th_2',
    target: 'sprite-{index}.png',
    judge: pictures(1),
  },
  {
    source: 'song.wav',
    action: 'audio/convert,f_mp3,ab_96000',
    target: 'song.mp3',
    judge: film({ audio: 'mp3' }),
  },
  {
    source: 'song.wav',
    action: `audio/concat,f_aac,ab_96000/sur,o_${encoded('clip.mp4')}`,
    target: 'joined.aac',
    judge: film({ audio: 'aac' }),
  },
  {
    source: 'photo.jpg',
    action: 'image/resize,w_300/rotate,90',
    target: 'photo.jpg',
    sync: true,
    judge: pictures(1),
  },
  { source: 'marked.jpg', action: 'image/deblindwatermark,t_text', judge: () => undefined },
];

function only(made: Outputs): Buffer {
  const [bytes] = made.values();
  assert.ok(bytes !== undefined && made.size === 1, `made: ${[...made.keys()].join(' ')}`);
  return bytes;
}

async function chapters(made: Outputs): Promise<void> {
  const texts = await pdfTexts(only(made));
  assert.equal(texts.length, 4);
  for (const [page, number] of [...'一二三四'].entries()) assert.ok(texts[page]?.includes(`第${number}章`));
}

function chapterTexts(made: Outputs): void {
  assert.equal(made.size, 4);
  for (const [page, number] of [...'一二三四'].entries()) {
    assert.ok(dense(made.get(`${page + 1}.txt`)?.toString('utf8') ?? '').includes(`第${number}章`));
  }
}

async function sheets(made: Outputs): Promise<void> {
  assert.deepEqual([...made.keys()].toSorted(), ['Names/2_1.png', 'Prices/1_1.png']);
  await pictures(2)(made);
}

function pictures(count: number) {
  return async (made: Outputs): Promise<void> => {
    assert.equal(made.size, count, [...made.keys()].join(' '));
    for (const [key, bytes] of made) assert.ok(inkOf(await decoded(bytes)) > 0.005, `${key} is blank`);
  };
}

function film(expected: { video?: string; audio?: string }) {
  return async (made: Outputs): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-film-'));
    try {
      const path = join(folder, 'made');
      await writeFile(path, only(made));
      const words = ['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', path];
      const { streams } = JSON.parse((await call('ffprobe', words)).stdout) as { streams: Record<string, unknown>[] };
      const told = Object.fromEntries(
        streams.map(({ codec_type: type, codec_name: codec, width, height, nb_read_frames: frames }) => [
          type,
          type === 'video' ? `${codec} ${width}x${height} ${frames}` : codec,
        ]),
      );
      assert.deepEqual(told, expected);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}
