import { audioConcat } from './audio/concat.ts';
import { audioConvert } from './audio/convert.ts';
import { audioInfo } from './audio/info.ts';
import { docConvert } from './document/convert.ts';
import { hlsM3u8 } from './hls/m3u8.ts';
import { hlsSign } from './hls/sign.ts';
import { hlsTs } from './hls/ts.ts';
import { autoOrient } from './image/auto-orient.ts';
import { averageHue } from './image/average-hue.ts';
import { blindwatermark, deblindwatermark } from './image/blindwatermark.ts';
import { blur } from './image/blur.ts';
import { bright } from './image/bright.ts';
import { circle } from './image/circle.ts';
import { contrast } from './image/contrast.ts';
import { crop } from './image/crop.ts';
import { format } from './image/format.ts';
import { indexcrop } from './image/indexcrop.ts';
import { info } from './image/info.ts';
import { interlace } from './image/interlace.ts';
import { quality } from './image/quality.ts';
import { resize } from './image/resize.ts';
import { rotate } from './image/rotate.ts';
import { roundedCorners } from './image/rounded-corners.ts';
import { sharpen } from './image/sharpen.ts';
import { watermark } from './image/watermark.ts';
import type { OperationDeclaration, OperationOf } from './operation.ts';
import { notify } from './sys/notify.ts';
import { saveas } from './sys/saveas.ts';
import { videoAnimation } from './video/animation.ts';
import { videoConcat } from './video/concat.ts';
import { videoConvert } from './video/convert.ts';
import { videoInfo } from './video/info.ts';
import { videoSnapshot } from './video/snapshot.ts';
import { videoSnapshots } from './video/snapshots.ts';
import { videoSprite } from './video/sprite.ts';

/** Every operation that engines carry out. */
export const mediaOperations = [
  resize,
  crop,
  indexcrop,
  rotate,
  circle,
  roundedCorners,
  blur,
  bright,
  contrast,
  sharpen,
  watermark,
  blindwatermark,
  deblindwatermark,
  autoOrient,
  format,
  quality,
  interlace,
  info,
  averageHue,
  docConvert,
  videoConvert,
  videoSnapshots,
  videoAnimation,
  videoSnapshot,
  videoInfo,
  videoConcat,
  videoSprite,
  audioConvert,
  audioConcat,
  audioInfo,
  hlsM3u8,
  hlsTs,
  hlsSign,
] as const;

/** What is done with the result. */
export const systemOperations = [saveas, notify] as const;

/** One step of work for an engine: the operation's name and its checked parameters. */
export type Operation = OperationOf<(typeof mediaOperations)[number]>;
export type OperationName = Operation['name'];

/** The operation of one name. */
export type OperationNamed<Name extends OperationName> = Extract<Operation, { name: Name }>;

/**
 * Documented by the vendor, absent here: they answer that they are not available, and not that they do not exist. A
 * name that ends in `/` stands for the whole family.
 */
export const unavailableOperations: readonly string[] = [
  'image/cropping',
  'image/faces',
  'image/bodies',
  'image/cars',
  'image/codes',
  'image/labels',
  'image/score',
  'image/detect',
  'doc/preview',
  'doc/edit',
  'imm/previewdoc',
  'imm/detectface',
  'imm/tagimage',
  'style/',
];

const declarations = new Map<string, OperationDeclaration>(
  [...mediaOperations, ...systemOperations].map((declaration) => [declaration.name, declaration]),
);

/** The declaration of `family/action`, if there is one. */
export function declarationOf(name: string): OperationDeclaration | undefined {
  return declarations.get(name);
}

export function isUnavailable(name: string): boolean {
  return unavailableOperations.some((known) => known === name || (known.endsWith('/') && name.startsWith(known)));
}
