import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../domain/errors.ts';
import type { FilmLook, FilmMark, FilmPatch, FilmText } from '../../domain/ports/media-engine.ts';
import type { FfmpegInput } from '../ffmpeg/ffmpeg.ts';
import type { Workspace } from '../host/tool-host.ts';
import type { FilmFile } from './film-files.ts';
import type { Box } from './geometry.ts';

const TURNS = { 90: 'transpose=clock', 180: 'hflip,vflip', 270: 'transpose=cclock' } as const;

/** How the picture is changed after it has its size: in order, with what lies over it in between. */
export interface Changes {
  /** Before the marks. */
  below: string[];
  marks: { file: FilmFile; mark: FilmMark }[];
  /** After them. */
  above: string[];
  /** Of the picture when all is done. */
  size: Box;
}

/** Texts are files of the workspace, so that nothing in them is read as part of a filter. */
export async function changesOf(
  { rotation, delogos = [], marks = [], texts = [], speed = 1 }: FilmLook,
  before: Box,
  files: ReadonlyMap<string, FilmFile>,
  workspace: Workspace,
): Promise<Changes> {
  const size = rotation === 90 || rotation === 270 ? { width: before.height, height: before.width } : before;
  const above: string[] = [];
  for (const [number, text] of texts.entries()) above.push(await drawn(text, number, workspace));
  if (speed !== 1) above.push(`setpts=PTS/${speed}`);
  return {
    below: [...(rotation === undefined ? [] : [TURNS[rotation]]), ...delogos.map((patch) => patched(patch, size))],
    marks: marks.flatMap((mark) => {
      const file = files.get(mark.o);
      return file ? [{ file, mark }] : [];
    }),
    above,
    size,
  };
}

export const changesPicture = ({ rotation, delogos, marks, texts, speed }: FilmLook): boolean =>
  [rotation, delogos, marks, texts, speed].some((change) => change !== undefined);

/** The inputs that the marks are, for one picture; each stands `first` and more places behind the others. */
export const markInputs = ({ marks }: Changes): FfmpegInput[] =>
  // A film is shown again and again, a picture is there as long as the one below.
  marks.map(({ file }) => file.input(file.still ? [] : ['-stream_loop', '-1']));

/**
 * The changes as a graph from one label to another. Inputs of marks begin at `firstMark`; `tag` keeps labels of several
 * pictures apart.
 */
export function changed(
  from: string,
  to: string,
  {
    filters,
    last,
    changes,
    firstMark,
    tag,
  }: {
    filters: readonly string[];
    /** Stays last: what comes before it may need another pixel format. */
    last: readonly string[];
    changes: Changes;
    firstMark: number;
    tag: string;
  },
): string {
  const { below, marks, above, size } = changes;
  const chain = (some: readonly string[]): string => (some.length === 0 ? 'null' : some.join(','));
  if (marks.length === 0) return `${from}${chain([...filters, ...below, ...above, ...last])}${to}`;
  const parts = [`${from}${chain([...filters, ...below])}[${tag}p0]`];
  for (const [number, { file, mark }] of marks.entries()) {
    const shift = mark.from > 0 && !file.still ? [`setpts=PTS+${mark.from}/TB`] : [];
    const shape = [scaled(mark, size), ...shift].filter((filter) => filter !== '');
    parts.push(`[${firstMark + number}:${file.picture}]${chain(shape)}[${tag}m${number}]`);
    const { x, y } = corner(mark, 'W', 'H', 'w', 'h');
    const over = `overlay=x=${x}:y=${y}:format=auto:enable='${span(mark)}'${file.still ? '' : ':shortest=1'}`;
    parts.push(`[${tag}p${number}][${tag}m${number}]${over}[${tag}p${number + 1}]`);
  }
  parts.push(`[${tag}p${marks.length}]${chain([...above, ...last])}${to}`);
  return parts.join(';');
}

/** Sides that are parts are so of the film; one that is not said follows the proportions. */
function scaled({ width, height }: FilmMark, size: Box): string {
  if (width === undefined && height === undefined) return '';
  const side = (value: number | undefined, whole: number): number =>
    value === undefined ? -1 : Math.max(1, value < 1 ? Math.round(value * whole) : value);
  return `scale=w=${side(width, size.width)}:h=${side(height, size.height)}`;
}

/** When something is to be seen. */
const span = ({ from, length }: { from: number; length?: number }): string =>
  length === undefined || length === 0 ? `gte(t,${from})` : `between(t,${from},${from + length})`;

/** Where it lies, in the words that a filter has for the sides of the film and of what lies on it. */
function corner(
  { dx, dy, corner: from }: { dx: number; dy: number; corner: FilmMark['corner'] },
  ...[wide, high, w, h]: [string, string, string, string]
): { x: string; y: string } {
  const across = dx > 0 && dx < 1 ? `${wide}*${dx}` : String(dx);
  const down = dy > 0 && dy < 1 ? `${high}*${dy}` : String(dy);
  return {
    x: from.endsWith('right') ? `${wide}-${w}-${across}` : across,
    y: from.startsWith('bottom') ? `${high}-${h}-${down}` : down,
  };
}

/** FFmpeg wants a pixel around the patch to make it up from, so that what reaches to an edge ends a pixel before it. */
function patched(patch: FilmPatch, size: Box): string {
  const pixels = (value: number, whole: number): number => (value < 1 ? Math.round(value * whole) : value);
  const along = (offset: number, length: number, whole: number, fromEnd: boolean): [number, number] => {
    const long = pixels(length, whole);
    const begin = fromEnd ? whole - long - pixels(offset, whole) : pixels(offset, whole);
    const [first, end] = [Math.max(1, begin), Math.min(whole - 1, begin + long)];
    if (end - first < 1) {
      const reason = `A part of Delogos lies outside of the picture of ${size.width}x${size.height}.`;
      throw new DomainError('ProcessInvalid', {
        ...{ operation: 'video/convert', parameter: 'Delogos', value: String(offset), reason },
      });
    }
    return [first, end - first];
  };
  const [x, w] = along(patch.dx, patch.width, size.width, patch.corner.endsWith('right'));
  const [y, h] = along(patch.dy, patch.height, size.height, patch.corner.startsWith('bottom'));
  return `delogo=x=${x}:y=${y}:w=${w}:h=${h}:enable='${span(patch)}'`;
}

/** What fontconfig finds for the vendor's names: Source Han is what Noto calls CJK. FFmpeg takes families and no styles. */
function fontOf({ serif, bold }: FilmText): string {
  const family = serif ? 'Serif' : 'Sans';
  if (!bold) return `font='Noto ${family} CJK SC'`;
  const file = `/usr/share/fonts/opentype/noto/Noto${family}CJK-Bold.ttc`;
  if (existsSync(file)) return `fontfile=${file}`;
  const reason = `The font Noto ${family} CJK Bold is not installed on this machine (Debian: fonts-noto-cjk).`;
  throw new DomainError('EngineMissing', { reason });
}

async function drawn(text: FilmText, number: number, workspace: Workspace): Promise<string> {
  const name = `text-${number}.txt`;
  await writeFile(join(workspace.path, name), text.text);
  const { x, y } = corner(text, 'w', 'h', 'tw', 'th');
  const color = (hex: string): string => hex.replace('#', '0x');
  const border = text.border.width > 0 ? `:borderw=${text.border.width}:bordercolor=${color(text.border.color)}` : '';
  return `drawtext=textfile=${name}:expansion=none:${fontOf(text)}:fontsize=${text.size}:fontcolor=${color(text.color)}@${text.alpha}${border}:x=${x}:y=${y}:enable='${span(text)}'`;
}
