import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode } from '@millrace/process';
import type { FrameTimes } from '../ffmpeg/frame-times.ts';
import type { MediaFacts, VideoFacts } from '../ffmpeg/probe.ts';
import { type ConvertParams, planConvert } from './convert.ts';
import { mayBeSplit, planParts } from './parts.ts';

const facts = (video: Partial<VideoFacts> = {}, durationMs = 90_000): MediaFacts => ({
  formatName: 'mov',
  durationMs,
  bitrate: 8_000_000,
  video: {
    ...{ index: 0, codec: 'h264', width: 1920, height: 1080, rotation: 0, pixelAspect: 1, pixelFormat: 'yuv420p' },
    ...{ framesPerSecond: 25, variableRate: false, bitrate: 8_000_000, durationMs, ...video },
  },
  audio: undefined,
  subtitle: undefined,
  raw: { format: {}, streams: [] },
});

function split(process: string, source = facts()): boolean {
  const [[operation] = []] = decode(`video/convert,${process}|sys/saveas,o_eA`, 'async').stages;
  assert.ok(operation?.name === 'video/convert');
  const params: ConvertParams = operation.params;
  return mayBeSplit(params, planConvert(params, source), source);
}

/** `count` frames of 25 a second, a key frame every `every`. */
const frames = (count: number, every: number): FrameTimes => ({
  all: Array.from({ length: count }, (_, at) => at * 40_000),
  keys: Array.from({ length: Math.ceil(count / every) }, (_, at) => at * every * 40_000),
});
const two = { framesPerSecond: 25, workers: 2 };

describe('a video', () => {
  it('may be split where a quality is asked for and frames stay what they are', () => {
    assert.ok(split('f_mp4,vcodec_h264'));
    assert.ok(split('f_mkv,vcodec_h265,crf_30,s_1280x720,fps_25'));
    assert.ok(split('f_mov,vcodec_h264,fps_30,fpsopt_1'));
  });

  it('is not split where parts would not come to what one run makes', () => {
    for (const process of [
      ...['f_mp4', 'f_ts,vcodec_h264', 'f_mp4,vcodec_h264,vb_1000000', 'f_mp4,vcodec_h264,fps_30'],
      ...['f_mp4,vcodec_h264,ss_1', 'f_mp4,vcodec_h264,t_80000', 'f_mkv,vcodec_vp9,pixfmt_yuva420p'],
      'f_mp4,vcodec_h264,crf_23,maxrate_1000000,bufsize_1000000',
    ]) {
      assert.equal(split(process), false, process);
    }
    assert.equal(split('f_mp4,vcodec_h264', facts({ variableRate: true })), false);
    assert.equal(split('f_mp4,vcodec_h264', facts({ framesPerSecond: undefined })), false);
    assert.equal(split('f_mp4,vcodec_h264', facts({}, 59_000)), false, 'too short');
  });
});

describe('parts', () => {
  it('begin with key frames and hold every frame once', () => {
    const parts = planParts(frames(2250, 100), two) ?? [];
    assert.ok(parts.length >= 4, `${parts.length}`);
    assert.deepEqual(parts[0]?.startUs, 0);
    assert.equal(
      parts.reduce((sum, part) => sum + part.frames, 0),
      2250,
    );
    for (const [number, { startUs, endUs, frames }] of parts.entries()) {
      assert.equal(startUs % 4_000_000, 0);
      assert.equal(endUs, parts[number + 1]?.startUs);
      assert.ok(frames >= 125, 'none is hardly worth its run');
    }
  });

  it('are not planned where there are too few key frames, or frames come unevenly', () => {
    assert.equal(planParts(frames(2250, 2250), two), undefined);
    const gap = frames(2250, 100);
    gap.all.splice(700, 1);
    assert.equal(planParts(gap, two), undefined);
    const late = frames(2250, 100);
    late.all[30] = (late.all[30] ?? 0) + 15_000;
    assert.equal(planParts(late, two), undefined);
  });

  it('are planned by times that a container has rounded to milliseconds', () => {
    const all = Array.from({ length: 2000 }, (_, at) => Math.round((at * 1001) / 30) * 1000);
    const keys = all.filter((_, at) => at % 120 === 0);
    const parts = planParts({ all, keys }, { framesPerSecond: 30_000 / 1001, workers: 2 }) ?? [];
    assert.ok(parts.length > 1);
    assert.equal(
      parts.reduce((sum, part) => sum + part.frames, 0),
      2000,
    );
  });
});
