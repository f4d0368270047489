import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Document, HeadingLevel, Packer, Paragraph, Table, TableCell, TableRow, TextRun } from 'docx';
import sharp from 'sharp';

const run = promisify(execFile);

/** Made files live here between runs, under a name that changes with the recipe. */
const CACHE = fileURLToPath(new URL('../../../.cache/fixtures/', import.meta.url));

/** Counts up when a recipe below changes what it makes. */
const EDITION = '1';

/** Writes one fixture to `path`. */
type Recipe = (path: string) => Promise<void>;

const recipes = {
  /** A Word document of four pages, mostly Chinese, with headings, a table and Latin text. */
  'report.docx': async (path) => await writeFile(path, await report()),
  /** Word documents of so many pages of Latin text, a table on each. */
  'pages-1.docx': async (path) => await writeFile(path, await pages(1)),
  'pages-20.docx': async (path) => await writeFile(path, await pages(20)),
  'pages-200.docx': async (path) => await writeFile(path, await pages(200)),
  /** A 2000×1333 JPEG with texture, gradients and EXIF, as a camera would leave it. */
  'photo.jpg': photo,
  /** Four seconds of 640×360 H.264 with AAC sound, a key frame each second. */
  'clip.mp4': (path) =>
    ffmpeg(
      [
        '-f',
        'lavfi',
        '-i',
        'testsrc2=size=640x360:rate=25:duration=4',
        '-f',
        'lavfi',
        '-i',
        'sine=frequency=440:duration=4',
      ],
      ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '25', '-c:a', 'aac', '-shortest', path],
    ),
  /** Three seconds of stereo at 44.1 kHz. */
  'song.wav': (path) =>
    ffmpeg(['-f', 'lavfi', '-i', 'sine=frequency=330:duration=3'], ['-ac', '2', '-ar', '44100', path]),
  'song.mp3': (path) =>
    ffmpeg(['-f', 'lavfi', '-i', 'sine=frequency=330:duration=3'], ['-ac', '2', '-ar', '44100', '-b:a', '128k', path]),
  /** A quarter of a second of sound: the cheapest work that an engine can be given. */
  'blip.wav': (path) =>
    ffmpeg(['-f', 'lavfi', '-i', 'sine=frequency=660:duration=0.25'], ['-ac', '1', '-ar', '8000', path]),
  /** A PDF that opens only with a password. */
  'encrypted.pdf': encryptedPdf,
  /** 16000×16000 pixels of one colour: small to send, 1 GB once decoded. */
  'huge.png': (path) =>
    sharp({ create: { width: 16_000, height: 16_000, channels: 4, background: '#336699' }, limitInputPixels: false })
      .png({ compressionLevel: 9 })
      .toFile(path)
      .then(() => undefined),
} satisfies Record<string, Recipe>;

export type FixtureName = keyof typeof recipes;

export const fixtureNames = Object.keys(recipes) as FixtureName[];

const underWay = new Map<FixtureName, Promise<string>>();

/** The path of a made file, made now if it is the first time. Do not change the file: other tests read it too. */
export function fixture(name: FixtureName): Promise<string> {
  const known = underWay.get(name);
  if (known) return known;
  const making = make(name);
  underWay.set(name, making);
  return making;
}

async function make(name: FixtureName): Promise<string> {
  const folder = join(CACHE, createHash('sha1').update(`${EDITION} ${name}`).digest('hex').slice(0, 8));
  const path = join(folder, name);
  try {
    await access(path);
    return path;
  } catch {
    // Not made yet. Several test processes may make it at once: each under a name of its own, the last rename wins.
  }
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `${randomUUID()}-${name}`);
  try {
    await recipes[name](draft);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  return path;
}

async function ffmpeg(inputs: string[], outputs: string[]): Promise<void> {
  await run('ffmpeg', ['-nostdin', '-loglevel', 'error', '-y', ...inputs, ...outputs]);
}

function report(): Promise<Buffer> {
  const chapters = [
    ['第一章 概述', '对象存储服务将数据以对象的形式保存在存储空间中。本报告描述文档转换的流程与结果，供验收测试使用。'],
    [
      '第二章 方法',
      '我们对每一页进行渲染，并比较输出图像的尺寸、字数与版式。中文、English 与数字 12345 混排应当正确显示。',
    ],
    ['第三章 结果', '转换任务在后台运行，完成之后通过主题发送通知。订阅该主题的队列随即收到消息。'],
    ['第四章 结论', '全部页面均按顺序生成，没有缺字，也没有只写了一半的文件。'],
  ] as const;
  const children = chapters.flatMap(([title, text], index) => [
    new Paragraph({ text: title, heading: HeadingLevel.HEADING_1, pageBreakBefore: index > 0 }),
    ...Array.from({ length: 6 }, (_, line) => new Paragraph({ children: [new TextRun(`${line + 1}. ${text}`)] })),
    new Table({
      rows: ['甲', '乙', '丙'].map(
        (name, row) =>
          new TableRow({
            children: [name, String(row * 7 + index), 'value'].map(
              (cell) => new TableCell({ children: [new Paragraph(cell)] }),
            ),
          }),
      ),
    }),
  ]);
  return Packer.toBuffer(new Document({ title: '季度报告', sections: [{ children }] }));
}

function pages(count: number): Promise<Buffer> {
  const line = 'A line of a report that says nothing but takes its room on the page, as lines of reports do.';
  const children = Array.from({ length: count }, (_, page) => [
    new Paragraph({ text: `Page ${page + 1}`, heading: HeadingLevel.HEADING_1, pageBreakBefore: page > 0 }),
    ...Array.from({ length: 14 }, () => new Paragraph(line)),
    new Table({
      rows: [1, 2, 3].map(
        (row) =>
          new TableRow({
            children: [row, row * page, 'value'].map(
              (cell) => new TableCell({ children: [new Paragraph(String(cell))] }),
            ),
          }),
      ),
    }),
  ]).flat();
  return Packer.toBuffer(new Document({ title: 'A report', sections: [{ children }] }));
}

async function photo(path: string): Promise<void> {
  const width = 2000;
  const height = 1333;
  const pixels = Buffer.alloc(width * height * 3);
  // A small generator with a fixed seed: the same picture each time, with the noise that makes a JPEG hard to compress.
  let state = 20_261_122;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const grain = (state >>> 27) - 16;
      const wave = 40 * Math.sin(x / 37) * Math.cos(y / 53);
      pixels[at++] = clamp((200 * x) / width + wave + grain);
      pixels[at++] = clamp((180 * y) / height + 40 + wave + grain);
      pixels[at++] = clamp(220 - (150 * (x + y)) / (width + height) + grain);
    }
  }
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .withExif({
      IFD0: { Make: 'Millrace', Model: 'Testkit One' },
      IFD2: { DateTimeOriginal: '2026:11:22 10:00:00', ExposureTime: '1/125' },
    })
    .jpeg({ quality: 88 })
    .toFile(path);
}

const clamp = (value: number) => Math.max(0, Math.min(255, Math.round(value)));

async function encryptedPdf(path: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-fixture-'));
  try {
    const source = join(folder, 'report.docx');
    await writeFile(source, await report());
    const filter = JSON.stringify({
      EncryptFile: { type: 'boolean', value: 'true' },
      DocumentOpenPassword: { type: 'string', value: 'secret' },
    });
    await run('soffice', [
      `-env:UserInstallation=file://${folder}/profile`,
      '--headless',
      '--convert-to',
      `pdf:writer_pdf_Export:${filter}`,
      '--outdir',
      folder,
      source,
    ]);
    const made = await readFile(join(folder, 'report.pdf'));
    if (!made.includes('/Encrypt')) throw new Error('the installed LibreOffice did not encrypt the PDF');
    await writeFile(path, made);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
