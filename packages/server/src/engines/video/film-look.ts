import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../domain/errors.ts';
import type { FilmLook, FilmText } from '../../domain/ports/media-engine.ts';
import { lasting } from '../ffmpeg/time.ts';
import type { Workspace } from '../host/tool-host.ts';
import type { ConvertParams, ConvertPlan } from './convert.ts';

const TURNS = { 90: 'transpose=clock', 180: 'hflip,vflip', 270: 'transpose=cclock' } as const;

/** What fontconfig finds for the vendor's names: Source Han is what Noto calls CJK. FFmpeg takes families and no styles. */
const fontOf = ({ serif }: FilmText): string => `Noto ${serif ? 'Serif' : 'Sans'} CJK SC`;

/**
 * The plan with what process strings have no words for. Texts are files of the workspace, so that nothing in them is read as
 * part of a filter. Throws `ProcessInvalid` where a stream would have to be copied and changed.
 */
export async function withLook(
  plan: ConvertPlan,
  params: ConvertParams,
  look: FilmLook | undefined,
  workspace: Workspace,
): Promise<ConvertPlan> {
  if (look === undefined) return plan;
  const { rotation, speed = 1, texts = [], segments } = look;
  const changes = rotation !== undefined || texts.length > 0 || speed !== 1;
  if (changes && plan.video !== undefined && params.vcodec === 'copy') throw copied('vcodec', 'TranscodeVideo.Codec');
  if (speed !== 1 && plan.audio !== undefined && params.acodec === 'copy')
    throw copied('acodec', 'TranscodeAudio.Codec');
  const filters: string[] = [];
  if (rotation !== undefined) filters.push(TURNS[rotation]);
  for (const [number, text] of texts.entries()) filters.push(await drawn(text, number, workspace));
  if (speed !== 1) filters.push(`setpts=PTS/${speed}`);
  let video = plan.video && filtered(plan.video, filters);
  if (segments && video && params.vcodec !== 'copy') {
    // Players begin with any piece, so each begins with a picture of its own.
    video = [...video, '-force_key_frames', `expr:gte(t,n_forced*${segments.seconds})`];
  }
  const audio = plan.audio && speed !== 1 ? [...plan.audio, '-af', `atempo=${speed}`] : plan.audio;
  const turned = plan.size && (rotation === 90 || rotation === 270);
  const size = turned && plan.size ? { width: plan.size.height, height: plan.size.width } : plan.size;
  // How long it lasts is said of the source: played slowly, the result lasts longer.
  const length = lasting(params.t);
  const inside = speed !== 1 && length.length > 0;
  const rest = inside ? without(plan.rest, length) : plan.rest;
  const input = inside ? [...plan.input, ...length] : plan.input;
  const output = [...(video ?? ['-vn']), ...(audio ?? ['-an']), ...rest];
  return { ...plan, input, video, audio, rest, size, output };
}

/** Options without some that stand next to each other in them. */
function without(options: readonly string[], some: readonly string[]): string[] {
  const at = options.findIndex((_, index) => some.every((option, place) => options[index + place] === option));
  return at < 0 ? [...options] : [...options.slice(0, at), ...options.slice(at + some.length)];
}

/** The pixel format stays last: what comes before it may need another. */
function filtered(options: readonly string[], filters: readonly string[]): string[] {
  if (filters.length === 0) return [...options];
  const at = options.indexOf('-vf') + 1;
  const chain = (options[at] ?? '').split(/,(?=format=[a-z0-9]+$)/);
  const [before = '', format] = chain.length === 2 ? chain : ['', chain[0]];
  const joined = [before, ...filters, format].filter((part) => part !== undefined && part !== '').join(',');
  return [...options.slice(0, at), joined, ...options.slice(at + 1)];
}

async function drawn(text: FilmText, number: number, workspace: Workspace): Promise<string> {
  const name = `text-${number}.txt`;
  await writeFile(join(workspace.path, name), text.text);
  const { dx, dy, corner, from, length } = text;
  const across = dx > 0 && dx < 1 ? `w*${dx}` : String(dx);
  const down = dy > 0 && dy < 1 ? `h*${dy}` : String(dy);
  const x = corner.endsWith('right') ? `w-tw-${across}` : across;
  const y = corner.startsWith('bottom') ? `h-th-${down}` : down;
  const until = length === undefined || length === 0 ? `gte(t,${from})` : `between(t,${from},${from + length})`;
  const color = (hex: string): string => hex.replace('#', '0x');
  const border = text.border.width > 0 ? `:borderw=${text.border.width}:bordercolor=${color(text.border.color)}` : '';
  return `drawtext=textfile=${name}:expansion=none:font='${fontOf(text)}':fontsize=${text.size}:fontcolor=${color(text.color)}@${text.alpha}${border}:x=${x}:y=${y}:enable='${until}'`;
}

function copied(parameter: string, name: string): DomainError {
  const reason = `What is copied cannot be changed: say with ${name} how it is to be encoded.`;
  return new DomainError('ProcessInvalid', { operation: 'video/convert', parameter, value: 'copy', reason });
}
