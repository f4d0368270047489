import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sdkReference } from './sdk-reference.ts';

test('the reference of the SDK is what its comments and declarations say (npm run reference)', () => {
  const made = sdkReference();
  assert.equal(readFileSync(new URL('../docs/sdk-reference.md', import.meta.url), 'utf8'), made);
  for (const name of [
    '`Uploader`',
    '`putObject`',
    '`sendMessage`',
    '`createOfficeConversionTask`',
    '`image().resize`',
  ]) {
    assert.ok(made.includes(name), name);
  }
});
