import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import sharp from 'sharp';
import { fixture } from './fixtures.ts';

test('the photo is a JPEG of its size with EXIF', async () => {
  const facts = await sharp(await fixture('photo.jpg')).metadata();
  assert.deepEqual([facts.format, facts.width, facts.height], ['jpeg', 2000, 1333]);
  assert.ok(facts.exif);
});

test('the report is a ZIP that holds a Word document', async () => {
  const bytes = await readFile(await fixture('report.docx'));
  assert.equal(bytes.subarray(0, 4).toString('latin1'), 'PK\u0003\u0004');
  assert.ok(bytes.includes('word/document.xml'));
});

test('a fixture asked for twice is one file', async () => {
  const [one, two] = await Promise.all([fixture('report.docx'), fixture('report.docx')]);
  assert.equal(one, two);
});
