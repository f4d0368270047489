/** Any string that the catalogue allows gives a picture of a size that it allows; any other is refused, and says what is wrong. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  decode,
  format,
  mediaOperations,
  type OperationDeclaration,
  ProcessError,
  parse,
  sampleOperation,
} from '@millrace/process';
import { oss, type RunningServer, startServer } from '@millrace/testkit';
import fc from 'fast-check';
import sharp from 'sharp';
import { BUCKET, codeOf, process, store } from './pictures.ts';
import { scene } from './sources.ts';

let server: RunningServer;
before(async () => {
  server = await startServer();
  await oss(server, { method: 'PUT', path: `/${BUCKET}/` });
  await store(server, 'scene.jpg', await scene(90, 60).jpeg().toBuffer());
  await store(server, 'scene.png', await scene(90, 60).png().toBuffer());
  await store(server, 'panda.png', await scene(30, 20).png().toBuffer());
  await store(
    server,
    encodeURIComponent('logos/標誌.png').replaceAll('%2F', '/'),
    await scene(30, 20).png().toBuffer(),
  );
});
after(() => server.stop());

const RUNS = Number(globalThis.process.env.MILLRACE_TEST_PICTURES ?? 40);
const TEXTS = new Set(['image/info', 'image/average-hue', 'image/blindwatermark', 'image/deblindwatermark']);
const declarations: readonly OperationDeclaration[] = mediaOperations;
const pictures = declarations.filter(({ name }) => name.startsWith('image/') && !TEXTS.has(name));

/** Choices for a sample, all drawn from one seed that fast-check shrinks and reports. */
const chooser = fc.infiniteStream(fc.nat()).map((stream) => (bound: number) => {
  const drawn = stream.next().value;
  return typeof drawn === 'number' ? drawn % Math.max(1, Math.floor(bound)) : 0;
});

const chain = fc
  .tuple(fc.array(fc.constantFrom(...pictures), { minLength: 1, maxLength: 3 }), chooser)
  .map(
    ([chosen, choose]) => `image/${chosen.map((one) => sampleOperation(one, choose).slice('image/'.length)).join('/')}`,
  );

/** What may be wrong with a valid string once the picture is looked at. */
const LATER = new Set(['CutEdgeExceedRange', 'ImageTooLarge', 'MissingArgument', 'BadRequest', 'InvalidArgument']);

test('a valid string gives a picture within the declared size', async () => {
  await fc.assert(
    fc.asyncProperty(chain, fc.constantFrom('scene.jpg', 'scene.png'), async (text, key) => {
      // Enlarging to sixteen million pixels again and again is nothing to learn from.
      const small = text.replaceAll('limit_0', 'limit_1').replaceAll(/size_\d{3,4}/g, 'size_99');
      assert.equal(format(parse(small)), small);
      decodable(small);
      const answer = await process(server, key, small);
      if (answer.status !== 200) {
        assert.ok(answer.status === 400 && LATER.has(codeOf(answer)), `${small}: ${answer.text}`);
        return;
      }
      const type = answer.headers['content-type'] ?? '';
      assert.match(type, /^image\//);
      if (type === 'image/bmp') return;
      const { width, height } = await sharp(answer.body).metadata();
      assert.ok(width <= 16_384 && height <= 16_384 && width * height <= 4096 * 4096, `${small}: ${width}x${height}`);
    }),
    { numRuns: RUNS },
  );
});

/** More than three watermarks of pictures are refused as a whole. */
function decodable(text: string): void {
  try {
    decode(text, 'sync');
  } catch (error) {
    assert.ok(error instanceof ProcessError && error.value === 'pictures', `${text}: ${error}`);
  }
}

/** Values that no parameter takes. */
const NONSENSE = ['-1x', '99999999', '1.5', '%', 'zz', ''];

test('an invalid value is refused with the name of its parameter', async () => {
  const named = pictures.flatMap((one) => Object.keys(one.params).map((name) => ({ one, name })));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...named),
      chooser,
      fc.constantFrom(...NONSENSE),
      async ({ one, name }, choose, value) => {
        const sample = sampleOperation(one, choose)
          .split(',')
          .filter((part) => name !== 'value' && !part.startsWith(`${name}_`));
        const [operation = one.name, ...rest] = name === 'value' ? [one.name] : sample;
        const text = [operation, ...rest, name === 'value' ? value : `${name}_${value}`].join(',');
        if (name === 'value' && value === '') return;
        const answer = await process(server, 'scene.png', text);
        assert.equal(answer.status, 400, `${text}: ${answer.text.slice(0, 300)}`);
        const shown = name === 'value' ? one.name.slice('image/'.length) : name;
        assert.ok(answer.text.includes(`of parameter: ${shown} `), `${text}: ${answer.text}`);
      },
    ),
    { numRuns: RUNS * 3 },
  );
});
