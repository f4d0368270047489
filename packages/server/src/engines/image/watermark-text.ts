import type { WatermarkFont } from '@millrace/process';
import sharp from 'sharp';
import { DomainError } from '../../domain/errors.ts';
import type { Drawing } from './watermark.ts';

/**
 * The faces that stand for the vendor's names, best first; the others fill in what the first does not have. WenQuanYi and
 * Droid are what they say. The four FangZheng faces are sold: free ones of the same style take their place.
 */
export const fontFaces: Readonly<Record<WatermarkFont, readonly string[]>> = {
  'wqy-zenhei': ['WenQuanYi Zen Hei'],
  'wqy-microhei': ['WenQuanYi Micro Hei'],
  fangzhengshusong: ['Noto Serif CJK SC'],
  fangzhengkaiti: ['AR PL UKai CN'],
  fangzhengheiti: ['Noto Sans CJK SC'],
  fangzhengfangsong: ['AR PL UMing CN'],
  droidsansfallback: ['Droid Sans Fallback'],
};

/** For what a face has no glyphs of. */
export const fallbackFaces: readonly string[] = ['Noto Sans CJK SC', 'DejaVu Sans', 'Noto Color Emoji'];

export interface TextParams {
  text: string;
  type: WatermarkFont;
  /** RRGGBB. */
  color: string;
  /** Of the em square, in pixels. */
  size: number;
  /** Opacity of the shadow in percent. */
  shadow: number;
  /** Degrees, clockwise. */
  rotate: number;
}

/** How far to the right and below a shadow falls, in parts of the size. */
const SHADOW_OFFSET = 1 / 20;

/** Draws one line of text. */
export async function drawText(params: TextParams): Promise<Drawing> {
  const plain = await drawLine(params);
  const drawing = params.shadow > 0 ? withShadow(plain, params) : plain;
  const degrees = params.rotate % 360;
  if (degrees === 0) return drawing;
  const { data, info } = await rgba(drawing)
    .rotate(degrees, { background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

const rgba = ({ data, width, height }: Drawing) =>
  sharp(data, { raw: { width, height, channels: 4 }, limitInputPixels: false });

async function drawLine({ text, type, color, size }: TextParams): Promise<Drawing> {
  const faces = [...fontFaces[type], ...fallbackFaces].join(', ');
  const markup = `<span foreground="#${color}">${escapeMarkup(text)}</span>`;
  try {
    const { data, info } = await sharp({ text: { text: markup, font: `${faces} ${size}`, dpi: 72, rgba: true } })
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  } catch (error) {
    // Of blanks alone nothing is drawn; of very many large letters more than a drawing can hold.
    if (text.trim() === '') return { data: Buffer.alloc(4), width: 1, height: 1 };
    const reason = 'The text cannot be drawn at this size: make it smaller, or the text shorter.';
    const details = { operation: 'image/watermark', parameter: 'size', value: String(size), reason };
    throw new DomainError('ProcessInvalid', details, { cause: error });
  }
}

const escapeMarkup = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The same shape in black behind it, a little to the right and below. */
function withShadow({ data, width, height }: Drawing, { size, shadow }: TextParams): Drawing {
  const offset = Math.max(1, Math.round(size * SHADOW_OFFSET));
  const wide = width + offset;
  const result = Buffer.alloc(wide * (height + offset) * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const alpha = data[(y * width + x) * 4 + 3] ?? 0;
      result[((y + offset) * wide + x + offset) * 4 + 3] = Math.round((alpha * shadow) / 100);
    }
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      const to = (y * wide + x) * 4;
      const above = (data[from + 3] ?? 0) / 255;
      if (above === 0) continue;
      const below = ((result[to + 3] ?? 0) / 255) * (1 - above);
      const alpha = above + below;
      // What is below is black.
      for (let channel = 0; channel < 3; channel++) {
        result[to + channel] = Math.round(((data[from + channel] ?? 0) * above) / alpha);
      }
      result[to + 3] = Math.round(alpha * 255);
    }
  }
  return { data: result, width: wide, height: height + offset };
}
