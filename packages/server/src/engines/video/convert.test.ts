import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode } from '@millrace/process';
import type { MediaFacts } from '../ffmpeg/probe.ts';
import { type ConvertParams, keptPixelFormat, planConvert, planSize } from './convert.ts';

const video = {
  index: 0,
  codec: 'h264',
  width: 1920,
  height: 1080,
  rotation: 0,
  pixelAspect: 1,
  pixelFormat: 'yuv420p',
  framesPerSecond: 30,
  variableRate: false,
  bitrate: 4_000_000,
  durationMs: 60_000,
} as const;
const facts: MediaFacts = {
  formatName: 'mov,mp4,m4a,3gp,3g2,mj2',
  durationMs: 60_000,
  bitrate: 4_200_000,
  video,
  audio: { index: 1, codec: 'aac', sampleRate: 48_000, channels: 2, bitrate: 192_000, durationMs: 60_000 },
  subtitle: undefined,
  raw: { format: {}, streams: [] },
};

function params(text: string): ConvertParams {
  const operation = decode(`video/convert,${text}|sys/saveas,o_eA`, 'async').stages[0]?.[0];
  assert.ok(operation?.name === 'video/convert');
  return operation.params;
}

const words = (text: string): string => planConvert(params(text), facts).output.join(' ');

describe('planConvert', () => {
  it('maps the sample of all SDKs', () => {
    const text = words('f_avi,vcodec_h265,s_1920x1080,vb_2000000,fps_30,acodec_aac,ab_100000,sn_1');
    assert.match(text, /^-map 0:0 -vf fps=30,scale=w=1920:h=1080,setsar=1,format=yuv420p .*-c:v libx265 -g 150 /);
    assert.match(text, /-b:v 2000000 -tag:v H265 -map 0:1 -c:a aac -b:a 100000 -sn /);
    assert.match(text, /-f avi$/);
  });

  it('maps the built-in style h264-mp4-360p: long side 640, lower source rates kept', () => {
    const style =
      'f_mp4,vcodec_h264,fps_25,fpsopt_1,s_640x,sopt_1,scaletype_fit,arotate_1,crf_25,g_250,acodec_aac,ar_44100,ac_2,ab_64000,abopt_1';
    const text = words(style);
    assert.match(text, /fps=25,scale=w=640:h=360,setsar=1,/);
    assert.match(text, /-g 250 -crf 25 /);
    assert.match(text, /-c:a aac -ar 44100 -b:a 64000 /);
    assert.match(text, /-movflags \+faststart/);
    const standing = planSize(params(style), { ...video, width: 1080, height: 1920 });
    assert.deepEqual(standing.size, { width: 360, height: 640 });
  });

  it('uses crf 23 by default, and crf with maxrate and bufsize', () => {
    assert.match(words('f_mp4,vcodec_h264'), /-g 150 -crf 23 /);
    assert.match(
      words('f_mp4,vcodec_h264,crf_28,maxrate_1000000,bufsize_2000000'),
      /-crf 28 -maxrate 1000000 -bufsize 2000000 /,
    );
    assert.match(words('f_webm,vcodec_vp9,crf_51,acodec_opus'), /-crf 63 -b:v 0 /);
  });

  it('compares sizes by area', () => {
    assert.equal(planSize(params('f_mp4,vcodec_h264,s_4096x500,sopt_1'), video).size.width, 4096);
    assert.equal(planSize(params('f_mp4,vcodec_h264,s_4096x600,sopt_1'), video).size.width, 1920);
  });

  it('keeps pixel formats that the vendor lists and subsamples the others', () => {
    assert.deepEqual(
      ['yuv420p', 'yuvj420p', 'yuv422p10le', 'bgra', 'gbrp', 'yuv411p', 'p010le', 'yuv420p12le', 'yuva444p'].map(
        keptPixelFormat,
      ),
      ['yuv420p', 'yuvj420p', 'yuv422p10le', 'yuv420p', 'yuv420p', 'yuv420p', 'yuv420p10le', 'yuv420p10le', 'yuv444p'],
    );
  });
});
