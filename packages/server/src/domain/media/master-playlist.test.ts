import assert from 'node:assert/strict';
import { test } from 'node:test';
import { masterText } from './master-playlist.ts';

test('pictures are chosen from, sound and texts stand beside them', () => {
  const variants = new Map([
    [0, { bandwidth: 900, size: { width: 640, height: 360 }, sound: false }],
    [1, { bandwidth: 100, sound: true }],
  ]);
  const children = [
    { step: 0, path: 'big one.m3u8' },
    { step: 1, path: 'sound.m3u8' },
    { step: 2, path: 'text_0.m3u8', language: 'eng' },
  ];
  assert.deepEqual(masterText({ children }, variants).split('\n'), [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="sound-1",DEFAULT=YES,AUTOSELECT=YES,URI="sound.m3u8"',
    '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="texts",NAME="eng",LANGUAGE="eng",DEFAULT=YES,AUTOSELECT=YES,URI="text_0.m3u8"',
    '#EXT-X-STREAM-INF:BANDWIDTH=1000,RESOLUTION=640x360,AUDIO="sound",SUBTITLES="texts"',
    'big%20one.m3u8',
    '',
  ]);
});

test('without pictures the sounds are what there is to choose from', () => {
  const text = masterText({ children: [{ step: 0, path: 'a.m3u8' }] }, new Map([[0, { bandwidth: 9, sound: true }]]));
  assert.ok(text.includes('#EXT-X-STREAM-INF:BANDWIDTH=9\na.m3u8'));
});
