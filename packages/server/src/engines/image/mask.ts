import type { OperationNamed } from '@millrace/process';
import { cropTo, type Extent, type Step } from './geometry.ts';

/** A shape as large as the picture, outside of which nothing of it is left. */
export type Shape = { name: 'circle' } | { name: 'rounded'; r: number };

/** The steps of `circle`: "r at most half the shorter side; the result is 2r + 1 wide", around the middle. */
export function circleSteps({ r }: OperationNamed<'image/circle'>['params'], source: Extent): Step[] {
  const shorter = Math.min(source.width, source.height);
  const radius = r > shorter / 2 ? Math.max(0, Math.floor((shorter - 1) / 2)) : r;
  const side = Math.min(2 * radius + 1, shorter);
  const left = Math.floor((source.width - side) / 2);
  const top = Math.floor((source.height - side) / 2);
  return [...cropTo({ left, top, width: side, height: side }, source), { kind: 'mask', shape: { name: 'circle' } }];
}

/** The steps of `rounded-corners`: the size stays. */
export function roundedCornersSteps({ r }: OperationNamed<'image/rounded-corners'>['params'], source: Extent): Step[] {
  const radius = Math.min(r, Math.floor(Math.min(source.width, source.height) / 2));
  return radius === 0 ? [] : [{ kind: 'mask', shape: { name: 'rounded', r: radius } }];
}

/** The shape as a drawing: filled with white, or with `outside` white and the shape itself left open. */
export function drawShape(shape: Shape, { width, height }: Extent, part: 'inside' | 'outside'): Buffer {
  const path = shape.name === 'circle' ? ellipse(width, height) : rounded(width, height, shape.r);
  const whole = part === 'outside' ? `M0 0H${width}V${height}H0Z` : '';
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
      `<path fill="#fff" fill-rule="evenodd" d="${whole}${path}"/></svg>`,
  );
}

function ellipse(width: number, height: number): string {
  const arc = `A${width / 2} ${height / 2} 0 0 1`;
  return `M0 ${height / 2}${arc} ${width} ${height / 2}${arc} 0 ${height / 2}Z`;
}

function rounded(width: number, height: number, r: number): string {
  const arc = `a${r} ${r} 0 0 1`;
  const across = width - 2 * r;
  const down = height - 2 * r;
  return `M${r} 0h${across}${arc} ${r} ${r}v${down}${arc} ${-r} ${r}h${-across}${arc} ${-r} ${-r}v${-down}${arc} ${r} ${-r}Z`;
}
