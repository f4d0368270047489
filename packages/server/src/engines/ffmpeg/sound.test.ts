import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDomainError } from '../../domain/errors.ts';
import { chooseBitrate, nearest, planSound, type SoundCodec } from './sound.ts';

const source = { index: 1, codec: 'aac', sampleRate: 44100, channels: 2, bitrate: 128_000, durationMs: 1000 };
const options = (codec: SoundCodec, more: { ar?: number; ac?: number; aq?: number; ab?: number } = {}) =>
  planSound('audio/convert', source, { codec, abopt: 0, ...more }).options.join(' ');

describe('planSound', () => {
  it('maps aq linearly onto the scale of each codec', () => {
    assert.equal(options('mp3', { aq: 0 }), '-c:a libmp3lame -q:a 9');
    assert.equal(options('mp3', { aq: 100 }), '-c:a libmp3lame -q:a 0');
    assert.equal(options('aac', { aq: 50 }), '-c:a aac -q:a 1.05');
    assert.equal(options('vorbis', { aq: 50 }), '-c:a libvorbis -q:a 4.5');
    assert.equal(options('opus', { aq: 100 }), '-c:a libopus -ar 48000 -b:a 256000');
    assert.equal(options('flac', { aq: 50, ab: 64_000 }), '-c:a flac');
  });

  it('keeps bit rates within what the codec can do', () => {
    assert.equal(options('mp3', { ab: 10_000_000 }), '-c:a libmp3lame -b:a 320000');
    assert.equal(options('opus', { ab: 10_000_000 }), '-c:a libopus -ar 48000 -b:a 512000');
  });

  it('makes AMR narrow band and mono unless 16 kHz are asked for', () => {
    assert.equal(options('amr'), '-c:a libopencore_amrnb -ar 8000 -ac 1');
    assert.equal(options('amr', { ar: 16_000 }), '-c:a libvo_amrwbenc -ar 16000 -ac 1');
  });

  it('refuses rates and channels that the codec cannot hold, and names them', () => {
    for (const [codec, more, parameter] of [
      ['mp3', { ar: 96_000 }, 'ar'],
      ['mp3', { ac: 6 }, 'ac'],
      ['opus', { ar: 44_100 }, 'ar'],
      ['ac3', { ac: 8 }, 'ac'],
    ] as const) {
      assert.throws(
        () => options(codec, more),
        (error) => isDomainError(error, 'ProcessInvalid') && error.details.parameter === parameter,
      );
    }
  });
});

it('uses target, lower source or nothing, by the option', () => {
  assert.equal(chooseBitrate('video/convert', 'vb', 2_000_000, 0, 1_000_000), 2_000_000);
  assert.equal(chooseBitrate('video/convert', 'vb', 2_000_000, 1, 1_000_000), 1_000_000);
  assert.equal(chooseBitrate('video/convert', 'vb', 2_000_000, 1, 3_000_000), 2_000_000);
  assert.equal(chooseBitrate('video/convert', 'vb', 2_000_000, 2, undefined), 2_000_000);
  assert.throws(() => chooseBitrate('video/convert', 'vb', 2_000_000, 2, 1_000_000));
});

it('finds the nearest rate, the higher one of two', () => {
  assert.equal(nearest(44_100, [8000, 12_000, 48_000]), 48_000);
  assert.equal(nearest(10_000, [8000, 12_000]), 12_000);
});
