import assert from 'node:assert/strict';
import type { Conversions } from './conversions.ts';
import { type Case, type Converted, isRefused } from './corpus/case.ts';
import { decoded, dense, inkOf, linesOf, type Page, pdfTexts } from './inspect.ts';

/** Of longer documents only as many are looked at as pictures. */
export const PAGES_DRAWN = 3;

export interface Asked {
  /** The tasks that make a PDF and pictures of it. */
  pdf: string;
  png: string;
}

type Grouped = Case & { group: string };

export const nameOf = ({ group, name }: Grouped): string => `${group}/${name}`;

const convertWord = ({ source }: Case): string => (source ? `,source_${source}` : '');

/** Stores a document and has a PDF made of it; returns the task. */
export async function askPdf(conversions: Conversions, each: Grouped): Promise<string> {
  const name = nameOf(each);
  await conversions.put(`in/${name}`, await each.make());
  return await conversions.submit(
    `in/${name}`,
    `doc/convert,target_pdf${convertWord(each)}`,
    `out/${name}/document.pdf`,
  );
}

/** Has pictures made of a document that is stored; returns the task. */
export async function askPictures(conversions: Conversions, each: Grouped): Promise<string> {
  const name = nameOf(each);
  const page = !isRefused(each.expect) && each.expect.names ? '{sheetname}/{index}' : '{index}';
  const action = `doc/convert,target_png${convertWord(each)},pages_1-${PAGES_DRAWN}`;
  return await conversions.submit(`in/${name}`, action, `out/${name}/png/${page}.png`);
}

/** Fails when something else has become of a document than should have. Both tasks have ended. */
export async function judge(conversions: Conversions, each: Grouped, asked: Asked): Promise<void> {
  const folder = `out/${nameOf(each)}`;
  const keys = await conversions.keys(`${folder}/`);
  const ends = [asked.pdf, asked.png].map((task) => {
    const heard = conversions.heard.get(task) ?? [];
    assert.equal(heard.length, 1, `${task} was told ${heard.length} times`);
    return heard[0];
  });
  if (isRefused(each.expect)) {
    const { refused, code = 'InvalidArgument' } = each.expect;
    for (const end of ends) {
      assert.equal(end?.Status, 'Failed', JSON.stringify(end));
      assert.equal(end?.Code, code, end?.Message);
      assert.match(end?.Message ?? '', refused);
      assert.doesNotMatch(end?.Message ?? '', /\/work\/|\/tmp\/|node:internal|at .*\.ts:/);
    }
    assert.deepEqual(keys, [], 'what has failed has written nothing');
    return;
  }
  const [pdf, png] = ends;
  assert.equal(pdf?.Status, 'Succeeded', JSON.stringify(pdf));
  await judgePdf(each.expect, await conversions.get(`${folder}/document.pdf`));
  const pictures = keys.filter((key) => key.endsWith('.png'));
  const { noPictures } = each.expect;
  if (noPictures) {
    assert.match(png?.Message ?? '', noPictures);
    assert.deepEqual(pictures, []);
    return;
  }
  assert.equal(png?.Status, 'Succeeded', JSON.stringify(png));
  await judgePictures(conversions, each.expect, folder, pictures);
}

async function judgePdf(expect: Converted, pdf: Buffer): Promise<void> {
  const texts = await pdfTexts(pdf);
  const [least, most] = typeof expect.pages === 'number' ? [expect.pages, expect.pages] : expect.pages;
  assert.ok(texts.length >= least && texts.length <= most, `${texts.length} pages instead of ${expect.pages}`);
  for (const [page, text] of expect.texts ?? []) {
    const found = texts[page - 1] ?? '';
    assert.ok(found.includes(dense(text)), `page ${page} lacks “${text}”: ${found.slice(0, 300)}`);
  }
  for (const text of expect.absent ?? []) {
    const page = texts.findIndex((found) => found.includes(dense(text)));
    assert.equal(page, -1, `page ${page + 1} has “${text}”`);
  }
}

async function judgePictures(
  conversions: Conversions,
  expect: Converted,
  folder: string,
  keys: readonly string[],
): Promise<void> {
  const least = typeof expect.pages === 'number' ? expect.pages : expect.pages[0];
  assert.ok(keys.length >= Math.min(least, PAGES_DRAWN) && keys.length <= PAGES_DRAWN, `pictures: ${keys.join(', ')}`);
  if (expect.names) {
    assert.deepEqual(keys.toSorted(), expect.names.map((name) => `${folder}/png/${name}.png`).toSorted());
  }
  const pages = new Map<number, Page>();
  for (const [index, key] of keys.entries()) pages.set(index + 1, await decoded(await conversions.get(key)));
  for (const [number, page] of pages) {
    const blank = expect.blank?.includes(number);
    const ink = inkOf(page);
    assert.ok(blank ? ink === 0 : ink > 0.005, `page ${number} has ${ink.toFixed(3)} % of ink`);
  }
  const first = pages.get(1);
  assert.ok(first);
  if (expect.size) {
    const [width, height] = expect.size;
    const near = Math.abs(first.width - width) <= 1 && Math.abs(first.height - height) <= 1;
    assert.ok(near, `${first.width} × ${first.height} instead of ${width} × ${height}`);
  }
  for (const { page, area, colour, least: from = 0, most = 100 } of expect.ink ?? []) {
    const drawn = pages.get(page);
    assert.ok(drawn);
    const ink = inkOf(drawn, area, colour);
    assert.ok(ink >= from && ink <= most, `page ${page}: ${ink.toFixed(2)} % of ink in ${area ?? 'all of it'}`);
  }
  if (expect.unlike !== undefined) {
    const lines = linesOf(first);
    assert.equal(lines.length, expect.unlike, 'lines drawn');
    assert.equal(new Set(lines.map((line) => line.toString('latin1'))).size, lines.length, 'two lines look alike');
  }
}
