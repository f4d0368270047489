import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperationNamed } from '@millrace/process';
import fc from 'fast-check';
import { isDomainError } from '../../domain/errors.ts';
import { cropSteps, type Extent, indexcropSteps, resizeSteps, type Step } from './geometry.ts';

type ResizeParams = OperationNamed<'image/resize'>['params'];
type CropParams = OperationNamed<'image/crop'>['params'];

const resize = (params: Partial<ResizeParams>): ResizeParams => ({ m: 'lfit', limit: 1, color: 'FFFFFF', ...params });
const crop = (params: Partial<CropParams>): CropParams => ({ x: 0, y: 0, g: 'nw', ...params });

function extentAfter(steps: readonly Step[], source: Extent): string {
  let { width, height } = source;
  for (const step of steps) {
    if (step.kind === 'extend') {
      width += step.left + step.right;
      height += step.top + step.bottom;
    } else if (step.kind === 'crop' || step.kind === 'resize') ({ width, height } = step);
  }
  return `${width}x${height}`;
}

const sizes: [string, Partial<ResizeParams>, string][] = [
  ['200x100', { w: 150, h: 80 }, '150x75'],
  ['200x100', { m: 'mfit', w: 150, h: 80 }, '160x80'],
  ['200x100', { m: 'fill', w: 150, h: 80 }, '150x80'],
  ['200x100', { m: 'pad', w: 150, h: 80 }, '150x80'],
  ['200x100', { m: 'fixed', w: 150, h: 80 }, '150x80'],
  ['200x100', { m: 'fixed', h: 100 }, '100x100'],
  ['200x100', { h: 50 }, '100x50'],
  ['200x100', { w: 400 }, '200x100'],
  ['200x100', { w: 400, limit: 0 }, '400x200'],
  ['400x300', { h: 100, w: 200 }, '133x100'],
  ['200x400', { w: 100, h: 100 }, '50x100'],
  ['200x400', { w: 100, h: 100, m: 'mfit' }, '100x200'],
  ['400x267', { h: 100 }, '150x100'],
  ['400x267', { l: 100 }, '100x67'],
  ['400x267', { s: 100 }, '150x100'],
  ['400x267', { w: 100 }, '100x67'],
  ['400x267', { w: 300, h: 300 }, '300x200'],
  ['400x267', { m: 'pad', w: 100, h: 100 }, '100x100'],
  ['400x267', { p: 50 }, '200x134'],
  ['400x267', { w: 500, limit: 0 }, '500x334'],
  ['400x267', { p: 200 }, '400x267'],
  ['400x267', { p: 200, limit: 0 }, '800x534'],
  ['400x267', { w: 100, l: 300, p: 10 }, '100x67'],
  ['1440x2560', { w: 300 }, '300x533'],
  ['3924x2550', { h: 600 }, '923x600'],
  ['333x424', { w: 100 }, '100x127'],
  ['10000x1', { w: 100 }, '100x1'],
];

const parse = (text: string): Extent => {
  const [width = 0, height = 0] = text.split('x').map(Number);
  return { width, height };
};

for (const [source, params, expected] of sizes) {
  test(`resize of ${source} by ${JSON.stringify(params)} gives ${expected}`, () => {
    assert.equal(extentAfter(resizeSteps(resize(params), parse(source)), parse(source)), expected);
  });
}

test('resize refuses a target over 4096² pixels', () => {
  assert.throws(
    () => resizeSteps(resize({ m: 'fixed', w: 5000, h: 5000, limit: 0 }), { width: 400, height: 267 }),
    (error) => isDomainError(error, 'MediaTooLarge') && error.details.limit === 'target-pixels',
  );
});

test('resize never goes past its limits, whatever the source and parameters', () => {
  const side = fc.option(fc.integer({ min: 1, max: 16_384 }), { nil: undefined });
  const params = fc.record({
    m: fc.constantFrom('lfit', 'mfit', 'fill', 'pad', 'fixed' as const),
    w: side,
    h: side,
    l: side,
    s: side,
    limit: fc.constantFrom(0 as const, 1 as const),
  });
  const source = fc.record({ width: fc.integer({ min: 1, max: 30_000 }), height: fc.integer({ min: 1, max: 30_000 }) });
  fc.assert(
    fc.property(params, source, ({ w, h, l, s, m, limit }, from) => {
      const given = Object.fromEntries(Object.entries({ w, h, l, s }).filter(([, value]) => value !== undefined));
      if (Object.keys(given).length === 0) return;
      let steps: Step[];
      try {
        steps = resizeSteps(resize({ m, limit, ...given }), from);
      } catch (error) {
        assert.ok(isDomainError(error, 'MediaTooLarge'));
        return;
      }
      if (steps.length === 0) return;
      const { width, height } = parse(extentAfter(steps, from));
      assert.ok(width >= 1 && height >= 1 && width * height <= 4096 * 4096);
      // What is computed on the way stays within what a decoder can address.
      for (const step of steps) if (step.kind === 'resize') assert.ok(step.width <= 65_000 && step.height <= 65_000);
      if (limit === 1) assert.ok(width <= from.width && height <= from.height);
    }),
  );
});

const crops: [Partial<CropParams>, string, number, number][] = [
  [{ x: 100, y: 50 }, '300x217', 100, 50],
  [{ x: 100, y: 50, w: 100, h: 100 }, '100x100', 100, 50],
  [{ w: 200, h: 200, g: 'se' }, '200x200', 200, 67],
  [{ x: 10, y: 10, w: 200, h: 200, g: 'se' }, '190x190', 210, 77],
  [{ w: 100, h: 100, g: 'center' }, '100x100', 150, 83],
  [{ w: 10_000, h: 100 }, '400x100', 0, 0],
];

for (const [params, size, left, top] of crops) {
  test(`crop of 400x267 by ${JSON.stringify(params)} gives ${size} at ${left},${top}`, () => {
    const [step] = cropSteps(crop(params), { width: 400, height: 267 });
    assert.deepEqual(step, { kind: 'crop', left, top, ...parse(size) });
  });
}

test('crop refuses to start outside the picture', () => {
  assert.throws(
    () => cropSteps(crop({ x: 10_000 }), { width: 400, height: 267 }),
    (error) => isDomainError(error, 'CropOutside') && error.details.parameter === 'x',
  );
});

test('indexcrop takes a slice, the rest as the last one, and the whole past the end', () => {
  const source = { width: 400, height: 267 };
  assert.deepEqual(indexcropSteps({ x: 100, i: 3 }, source), [
    { kind: 'crop', left: 300, top: 0, width: 100, height: 267 },
  ]);
  assert.deepEqual(indexcropSteps({ x: 150, i: 2 }, source), [
    { kind: 'crop', left: 300, top: 0, width: 100, height: 267 },
  ]);
  assert.deepEqual(indexcropSteps({ y: 100, i: 10 }, source), []);
  assert.deepEqual(indexcropSteps({ x: 10, y: 200, i: 1 }, source), [
    { kind: 'crop', left: 0, top: 200, width: 400, height: 67 },
  ]);
});
