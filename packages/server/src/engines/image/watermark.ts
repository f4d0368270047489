import type { OperationNamed } from '@millrace/process';
import { type Extent, gridCell, type Overlay } from './geometry.ts';
import { drawText } from './watermark-text.ts';

type Params = OperationNamed<'image/watermark'>['params'];

/** Pixels of red, green, blue and alpha. */
export interface Drawing extends Extent {
  data: Buffer;
}

const clear = ({ width, height }: Extent): Drawing => ({ data: Buffer.alloc(width * height * 4), width, height });

/** Text, picture, or both side by side, with the opacity asked for. Undefined when there is nothing to see. */
export async function drawWatermark(params: Params, picture: Drawing | undefined): Promise<Drawing | undefined> {
  const text = params.text === undefined ? undefined : await drawText({ ...params, text: params.text });
  const drawing = text && picture ? sideBySide(text, picture, params) : (text ?? picture);
  if (!drawing || params.t === 0) return undefined;
  if (params.t < 100) fade(drawing.data, params.t / 100);
  return drawing;
}

/** "order: 0 the picture first, 1 the text; align: top, middle or bottom; interval: pixels in between." */
function sideBySide(text: Drawing, picture: Drawing, { order, align, interval }: Params): Drawing {
  const [first, second] = order === 0 ? [picture, text] : [text, picture];
  const height = Math.max(first.height, second.height);
  const canvas = clear({ width: first.width + interval + second.width, height });
  const offset = (part: Drawing) => Math.floor(((height - part.height) * align) / 2);
  paste(canvas, first, 0, offset(first));
  paste(canvas, second, first.width + interval, offset(second));
  return canvas;
}

function paste(canvas: Drawing, part: Drawing, left: number, top: number): void {
  for (let row = 0; row < part.height; row++) {
    part.data.copy(
      canvas.data,
      ((top + row) * canvas.width + left) * 4,
      row * part.width * 4,
      (row + 1) * part.width * 4,
    );
  }
}

function fade(data: Buffer, opacity: number): void {
  for (let at = 3; at < data.length; at += 4) data[at] = Math.round((data[at] ?? 0) * opacity);
}

/**
 * Where a watermark stands. "x counts for the columns at the sides, y for the rows above and below, voffset for the row in
 * the middle." In an animated picture it stands in each frame.
 */
export function placeWatermark(drawing: Drawing, params: Params, main: Extent, animated: boolean): Overlay {
  if (params.fill === 1) {
    const cell = { width: drawing.width + params.padx, height: drawing.height + params.pady };
    const tile = clear({ width: Math.min(cell.width, main.width), height: Math.min(cell.height, main.height) });
    paste(tile, cut(drawing, tile), 0, 0);
    return { ...tile, left: 0, top: 0, tiled: true };
  }
  const { column, line } = gridCell(params.g);
  const free = { width: main.width - drawing.width, height: main.height - drawing.height };
  const left = [params.x, Math.floor(free.width / 2), free.width - params.x][column] ?? 0;
  const top = [params.y, Math.floor(free.height / 2) + params.voffset, free.height - params.y][line] ?? 0;
  if (!animated) return { ...drawing, left, top };
  const frame = clear(main);
  const visible = { left: Math.max(0, left), top: Math.max(0, top) };
  const part = cut(
    drawing,
    { width: main.width - visible.left, height: main.height - visible.top },
    {
      left: visible.left - left,
      top: visible.top - top,
    },
  );
  paste(frame, part, visible.left, visible.top);
  return { ...frame, left: 0, top: 0, tiled: true };
}

/** What of a drawing, from `from` on, fits into an extent. */
function cut(drawing: Drawing, extent: Extent, from = { left: 0, top: 0 }): Drawing {
  const width = Math.max(0, Math.min(extent.width, drawing.width - from.left));
  const height = Math.max(0, Math.min(extent.height, drawing.height - from.top));
  const part = clear({ width, height });
  for (let row = 0; row < height; row++) {
    const at = ((row + from.top) * drawing.width + from.left) * 4;
    drawing.data.copy(part.data, row * width * 4, at, at + width * 4);
  }
  return part;
}
