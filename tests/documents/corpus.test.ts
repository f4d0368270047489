/**
 * Documents of every family, with what belongs into them and with what does not, converted by a server: each becomes what
 * it should, or fails with a reason. `MILLRACE_TEST_DOCUMENTS=all` takes those as well that need some time or are much like
 * others; any other value takes those in whose name it is.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RunningServer, startServer, until } from '@millrace/testkit';
import { Conversions } from './conversions.ts';
import { isRefused } from './corpus/case.ts';
import { corpus } from './corpus/corpus.ts';
import { leftovers } from './leftovers.ts';
import { type Asked, askPdf, askPictures, judge, nameOf } from './verdict.ts';

const wanted = process.env.MILLRACE_TEST_DOCUMENTS;
const cases = corpus.filter((each) => {
  if (wanted === undefined) return !each.slow;
  return wanted === 'all' || nameOf(each).includes(wanted);
});

let server: RunningServer;
let conversions: Conversions;
const asked = new Map<string, Asked>();
const counts = { converted: 0, refused: 0, wrong: 0 };

before(async () => {
  server = await startServer();
  conversions = new Conversions(server);
  await conversions.prepare();
  // Pictures are made of the PDF that is there by then.
  const pdf = new Map<string, string>();
  for (const each of cases) pdf.set(nameOf(each), await askPdf(conversions, each));
  for (const each of cases)
    asked.set(nameOf(each), { pdf: pdf.get(nameOf(each)) ?? '', png: await askPictures(conversions, each) });
  const tasks = [...asked.values()].flatMap(({ pdf, png }) => [pdf, png]);
  await conversions.ended(tasks, 600_000);
});

after(async () => {
  assert.equal(await server.stop(), 0);
});

describe('documents', () => {
  for (const each of cases) {
    const name = nameOf(each);
    test(`${name} ${isRefused(each.expect) ? 'fails with a reason' : 'is converted'}`, async () => {
      const tasks = asked.get(name);
      assert.ok(tasks);
      counts.wrong++;
      await judge(conversions, each, tasks);
      counts.wrong--;
      counts[isRefused(each.expect) ? 'refused' : 'converted']++;
    });
  }

  test('none of them is wrong, and none was left hanging', (t) => {
    t.diagnostic(`${counts.converted} converted, ${counts.refused} cleanly failed, ${counts.wrong} wrong, 0 hung`);
    assert.equal(counts.wrong, 0);
  });

  test('nothing of the work is left in the temporary folder', async () => {
    await until('the work to be over', 30_000, () => leftovers(server.dataFolder).length === 0).catch(() => undefined);
    assert.deepEqual(leftovers(server.dataFolder), []);
  });
});
