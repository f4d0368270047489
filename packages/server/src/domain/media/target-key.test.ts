import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { outputVariables, sourceVariables } from '@millrace/process';
import { extensionOf } from './source.ts';
import { sourceValues, targetBucket, targetKey } from './target-key.ts';

const values = sourceValues({
  bucket: 'src',
  key: 'a/b/report.final.docx',
  lastModifiedMs: Date.UTC(2024, 1, 3, 4, 5, 6),
  taskMs: Date.UTC(2025, 10, 12, 13, 14, 15),
});
const jpg = { extension: 'jpg', variables: { index: '7', streamindex: '0' } };
const video = (template: string, output = jpg) =>
  targetKey(template, [...sourceVariables, ...outputVariables.video], values, output, 'video');
const doc = (template: string, variables: Record<string, string>) =>
  targetKey(template, [...sourceVariables, ...outputVariables.doc], values, { extension: 'png', variables }, 'doc');

describe('target keys', () => {
  it('fill in the parts of the source key and both times in UTC', () => {
    assert.equal(video('{dirname}/{barename}-{ext}-{index}.{autoext}'), 'a/b/report.final-docx-7.jpg');
    assert.equal(video('{bucket}/{key}/{basename}.jpg'), 'src/a/b/report.final.docx/report.final.docx.jpg');
    assert.equal(video('{year}{mon}{day}{hour}{min}{sec}.x'), '20240203040506.x');
    assert.equal(video('{t_year}{t_mon}{t_day}{t_hour}{t_min}{t_sec}.x'), '20251112131415.x');
  });

  it('get _{streamindex}_{index}.ext appended for media without an extension', () => {
    assert.equal(video('frames/name'), 'frames/name_0_7.jpg');
    assert.equal(video('v1.0/name'), 'v1.0/name_0_7.jpg');
    assert.equal(video('movie', { extension: 'mp4', variables: { index: '1', streamindex: '0' } }), 'movie_0_1.mp4');
  });

  it('stay as they are when they have an extension or a variable that tells outputs apart', () => {
    assert.equal(video('frames/name.jpg'), 'frames/name.jpg');
    assert.equal(video('frames/{index}'), 'frames/7');
    assert.equal(doc('dest', { index: '2' }), 'dest');
  });

  it('do not take a dot in the name of the source for an extension', () => {
    const dotted = { ...values, barename: 'v1.2', basename: 'v1.2.mp4' };
    const output = { extension: 'jpg', variables: { streamindex: '0', index: '7' } };
    const key = (template: string) =>
      targetKey(template, Object.keys({ ...dotted, index: '' }), dotted, output, 'video');
    assert.equal(key('frames/{barename}'), 'frames/v1.2_0_7.jpg');
    assert.equal(key('frames/{basename}'), 'frames/v1.2.mp4');
  });

  it('keep a sheet title from making a prefix', () => {
    assert.equal(doc('{sheetname}/{index}.{autoext}', { sheetname: '../x', index: '1_2' }), '.._x/1_2.png');
  });

  it('render a bucket from the source', () => {
    assert.equal(targetBucket('{bucket}', values), 'src');
    assert.equal(targetBucket('plain', values), 'plain');
  });

  it('know the extension of a key', () => {
    assert.deepEqual(['a.PDF', 'x.d/a', 'a.tar.gz', '.x', 'a.'].map(extensionOf), ['pdf', '', 'gz', 'x', '']);
  });
});
