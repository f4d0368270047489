import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeBase64 } from '../base64.ts';
import { canonical } from '../canonical.ts';
import { decode } from '../decode.ts';
import { declarationOf, mediaOperations, systemOperations, unavailableOperations } from './catalogue.ts';
import { type OperationDeclaration, sampleOperation } from './operation.ts';

const declarations: readonly OperationDeclaration[] = mediaOperations;

/** The door that an operation is reached by, and what must follow it there. */
function asProcess(text: string, { door, saves }: OperationDeclaration): [string, 'sync' | 'async'] {
  if (!saves) return [text, 'async'];
  return door === 'async' ? [`${text}|sys/saveas,o_${encodeBase64('out/{index}.bin')}`, 'async'] : [text, 'sync'];
}

/** Choices for a sample, all drawn from one seed that fast-check shrinks and reports. */
const chooser = fc.infiniteStream(fc.nat()).map((stream) => (bound: number) => {
  const drawn = stream.next().value;
  return typeof drawn === 'number' ? drawn % Math.max(1, Math.floor(bound)) : 0;
});

describe('the catalogue', () => {
  for (const declaration of declarations) {
    it(`decodes the examples of ${declaration.name} and writes them back with the same meaning`, () => {
      for (const example of declaration.examples) {
        const { stages } = decode(...asProcess(example, declaration));
        assert.equal(stages[0]?.[0]?.name, declaration.name);
        const again = decode(...asProcess(canonical(stages), declaration));
        assert.deepEqual(again.stages, stages, example);
      }
    });

    it(`decodes whatever its declaration of ${declaration.name} can generate`, () => {
      fc.assert(
        fc.property(chooser, (choose) => {
          const text = sampleOperation(declaration, choose);
          const { stages } = decode(...asProcess(text, declaration));
          assert.deepEqual(decode(...asProcess(canonical(stages), declaration)).stages, stages, text);
        }),
        { numRuns: 60 },
      );
    });
  }

  it('names every operation once', () => {
    const names = [...mediaOperations, ...systemOperations].map(({ name }): string => name);
    assert.equal(new Set([...names, ...unavailableOperations]).size, names.length + unavailableOperations.length);
    assert.ok(names.every((name) => declarationOf(name)?.name === name));
  });

  it('decodes the examples of the sys operations behind an asynchronous one', () => {
    for (const { examples } of systemOperations) {
      for (const example of examples) {
        const end = example.startsWith('sys/saveas') ? example : `sys/saveas,o_YQ|${example}`;
        assert.ok(decode(`doc/convert,target_pdf|${end}`, 'async').save);
      }
    }
  });
});
