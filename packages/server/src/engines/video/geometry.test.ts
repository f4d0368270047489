import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fitPicture, geometryFilters, type ScaleType } from './geometry.ts';

const wide = { width: 1920, height: 1080, pixelAspect: 1 };

describe('fitPicture', () => {
  it('keeps the source where no size is asked for, and cuts an odd row and column off', () => {
    assert.deepEqual(geometryFilters(fitPicture(wide, {}, 'stretch', 2)), []);
    const odd = fitPicture({ width: 321, height: 241, pixelAspect: 1 }, {}, 'stretch', 2);
    assert.deepEqual(geometryFilters(odd), ['crop=320:240:0:0']);
  });

  it('keeps the other side with stretch and the proportions otherwise', () => {
    assert.deepEqual(fitPicture(wide, { width: 640 }, 'stretch', 2).size, { width: 640, height: 1080 });
    assert.deepEqual(fitPicture(wide, { width: 640 }, 'fit', 2).size, { width: 640, height: 360 });
    assert.deepEqual(fitPicture(wide, { height: 360 }, 'crop', 2).size, { width: 640, height: 360 });
  });

  it('fits, fills with bars and crops', () => {
    const square = { width: 400, height: 400 };
    assert.deepEqual(geometryFilters(fitPicture(wide, square, 'fit', 2)), ['scale=w=400:h=226', 'setsar=1']);
    assert.deepEqual(geometryFilters(fitPicture(wide, square, 'fill', 2)), [
      'scale=w=400:h=226',
      'pad=400:400:-1:-1:black',
      'setsar=1',
    ]);
    assert.deepEqual(geometryFilters(fitPicture(wide, square, 'crop', 2)), [
      'scale=w=712:h=400',
      'crop=400:400',
      'setsar=1',
    ]);
  });

  it('counts pixels that are not square as shown', () => {
    const dvd = { width: 720, height: 576, pixelAspect: 64 / 45 };
    assert.deepEqual(fitPicture(dvd, { height: 576 }, 'fit', 2).size, { width: 1024, height: 576 });
  });

  it('never leaves a side empty or odd, nor a picture that does not fit its frame', () => {
    const side = fc.integer({ min: 1, max: 8000 });
    fc.assert(
      fc.property(
        side,
        side,
        fc.option(fc.integer({ min: 32, max: 4096 }), { nil: undefined }),
        fc.option(fc.integer({ min: 32, max: 4096 }), { nil: undefined }),
        fc.constantFrom<ScaleType>('stretch', 'fit', 'fill', 'crop'),
        (width, height, w, h, how) => {
          const want = { ...(w === undefined ? {} : { width: w }), ...(h === undefined ? {} : { height: h }) };
          const { scale, crop, pad, size } = fitPicture({ width, height, pixelAspect: 1 }, want, how, 2);
          for (const box of [scale, crop, pad, size]) {
            if (box) assert.ok(box.width >= 2 && box.height >= 2 && box.width % 2 === 0 && box.height % 2 === 0);
          }
          if (crop && scale) assert.ok(crop.width <= scale.width && crop.height <= scale.height);
          if (pad && scale) assert.ok(pad.width >= scale.width && pad.height >= scale.height);
        },
      ),
    );
  });
});
