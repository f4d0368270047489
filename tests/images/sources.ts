import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp, { type Sharp } from 'sharp';

const run = promisify(execFile);

/** A picture with an edge, a curve and a gradient wherever one looks, and no two regions alike. */
export function scene(width: number, height: number): Sharp {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const disc = Math.hypot(x - width * 0.35, y - height * 0.4) < Math.min(width, height) * 0.22;
      const bars = y > height * 0.75 && Math.floor(x / Math.max(1, width / 16)) % 2 === 0;
      const wave = 28 * Math.sin((9 * x) / width) * Math.cos((7 * y) / height);
      data[at++] = clamp((disc ? 225 : 60 + (150 * x) / width) + wave);
      data[at++] = clamp((disc ? 190 : 120 - (70 * y) / height) + wave);
      data[at++] = clamp((bars ? 210 : 70 + (90 * y) / height) - wave);
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

const clamp = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));

async function frames(count: number, width: number, height: number): Promise<Buffer> {
  const pages = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      scene(width, height)
        .modulate({ hue: index * 90 })
        .png()
        .toBuffer(),
    ),
  );
  return sharp(pages, { join: { animated: true } })
    .gif({ delay: Array.from({ length: count }, () => 100), loop: 0 })
    .toBuffer();
}

async function heic(width: number, height: number): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-heic-'));
  try {
    await writeFile(join(folder, 'in.png'), await scene(width, height).png().toBuffer());
    await run('heif-enc', ['-q', '60', '-o', join(folder, 'out.heic'), join(folder, 'in.png')]);
    return await readFile(join(folder, 'out.heic'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The pictures of the worked examples, by the names that the table has for them. */
export const sources = {
  'E.jpg': () => scene(400, 267).jpeg({ quality: 82, chromaSubsampling: '4:2:0' }).toBuffer(),
  'F.jpg': () =>
    scene(424, 333)
      .jpeg({ quality: 90 })
      .withExif({
        IFD0: { Software: 'Mill 1.0', DateTime: '2015:02:11 15:38:27' },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '0/1 0/1 0/1' },
      })
      .withMetadata({ orientation: 7 })
      .toBuffer(),
  'A.png': () => scene(200, 100).png().toBuffer(),
  'P.png': () => scene(1440, 2560).png().toBuffer(),
  'H.heic': () => heic(392, 255),
  'G.gif': () => frames(3, 500, 300),
  'W.webp': async () =>
    sharp(await frames(3, 200, 120), { animated: true })
      .webp()
      .toBuffer(),
  '400x300.png': () => scene(400, 300).png().toBuffer(),
  '300x200.png': () => scene(300, 200).png().toBuffer(),
  '200x400.png': () => scene(200, 400).png().toBuffer(),
  '100x100.png': () => scene(100, 100).png().toBuffer(),
  '200x200.png': () => scene(200, 200).png().toBuffer(),
  '1x1.png': () => scene(1, 1).png().toBuffer(),
  'Q100.jpg': () => scene(300, 200).jpeg({ quality: 100 }).toBuffer(),
  'Q80.jpg': () => scene(300, 200).jpeg({ quality: 80 }).toBuffer(),
  'Q95.jpg': () => scene(300, 200).jpeg({ quality: 95 }).toBuffer(),
  'B.bmp': async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-bmp-'));
    try {
      await writeFile(join(folder, 'in.png'), await scene(90, 60).png().toBuffer());
      await run('convert', [join(folder, 'in.png'), `BMP3:${join(folder, 'out.bmp')}`]);
      return await readFile(join(folder, 'out.bmp'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  'T.tiff': () => scene(120, 90).tiff({ compression: 'lzw' }).toBuffer(),
  'V.avif': () => scene(128, 96).avif({ quality: 80 }).toBuffer(),
  /** A plain red disc on nothing: a watermark. */
  'mark.png': () =>
    sharp(Buffer.from('<svg width="60" height="40"><ellipse cx="30" cy="20" rx="28" ry="18" fill="#e00020"/></svg>'))
      .png()
      .toBuffer(),
  'square.png': () =>
    sharp({ create: { width: 50, height: 50, channels: 3, background: '#00c040' } })
      .png()
      .toBuffer(),
  'text.txt': async () => Buffer.from('not a picture at all'),
} satisfies Record<string, () => Promise<Buffer>>;

export type SourceName = keyof typeof sources;
