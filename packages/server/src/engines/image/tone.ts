import type { OperationNamed } from '@millrace/process';
import type { Step } from './geometry.ts';

/** A kernel of odd sides whose weights add up to one. */
export interface Kernel {
  width: number;
  height: number;
  weights: readonly number[];
}

/** Beyond so many standard deviations a bell has nothing left to spread. */
const WHOLE_BELL = 3;

/**
 * The steps of `blur`: a bell of standard deviation `s`, cut off at the radius `r`. Where it is cut off early it is
 * worked out here, first along the rows and then along the columns.
 */
export function blurSteps({ r, s }: OperationNamed<'image/blur'>['params']): Step[] {
  if (r >= WHOLE_BELL * s) return [{ kind: 'blur', sigma: s }];
  const side = 2 * r + 1;
  const bell = Array.from({ length: side }, (_, index) => Math.exp(-((index - r) ** 2) / (2 * s * s)));
  const sum = bell.reduce((total, weight) => total + weight, 0);
  const line = bell.map((weight) => weight / sum);
  // The decoder takes kernels of three rows and columns at least.
  const none = line.map(() => 0);
  const across = { width: side, height: 3, weights: [...none, ...line, ...none] };
  const down = { width: 3, height: side, weights: line.flatMap((weight) => [0, weight, 0]) };
  return [
    { kind: 'convolve', kernel: across },
    { kind: 'convolve', kernel: down },
  ];
}

/**
 * The steps of `sharpen`. The vendor's result for `sharpen,100` is that of ImageMagick's `-sharpen 1x1` within a few bytes:
 * its kernel, whose part that is not the pixel itself grows with the value.
 */
export function sharpenSteps({ value }: OperationNamed<'image/sharpen'>['params']): Step[] {
  const bell = (x: number, y: number) => Math.exp(-(x * x + y * y) / 2);
  const around = [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((x) => (x === 0 && y === 0 ? 0 : bell(x, y))));
  const sum = around.reduce((total, weight) => total + weight, 0);
  // Of ImageMagick's kernel of radius 1: what the neighbours take away in all, for each part that the pixel gets.
  const strength = ((sum / (sum + 2)) * value) / 100;
  const weights = around.map((weight, index) => (index === 4 ? 1 + strength : (-strength * weight) / sum));
  return [{ kind: 'convolve', kernel: { width: 3, height: 3, weights } }];
}

/** The steps of `bright`: the value is added to every channel. */
export function brightSteps({ value }: OperationNamed<'image/bright'>['params']): Step[] {
  return value === 0 ? [] : [{ kind: 'linear', gain: 1, offset: value }];
}

const MIDDLE_GREY = 128;

/** The steps of `contrast`: channels move away from the middle, at most to the double, or towards it, at most by half. */
export function contrastSteps({ value }: OperationNamed<'image/contrast'>['params']): Step[] {
  if (value === 0) return [];
  const gain = 1 + value / (value > 0 ? 100 : 200);
  return [{ kind: 'linear', gain, offset: MIDDLE_GREY * (1 - gain) }];
}
