import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { distinguishesOutputs, parseTargetName, renderTargetName, sanitiseSheetName } from './target-name.ts';

const variables = ['index', 'sheetname', 'autoext'];
const render = (text: string, values: Record<string, string>): string =>
  renderTargetName(parseTargetName(text, 'o', variables), values);

describe('target names', () => {
  it('fill in variables and keep doubled braces as braces', () => {
    assert.equal(render('a/{index}.{autoext}', { index: '3', autoext: 'png' }), 'a/3.png');
    assert.equal(render('{{index}}{index}', { index: '1' }), '{index}1');
    assert.equal(render('{sheetname}x', {}), 'x');
  });

  it('refuse unknown variables and lone braces', () => {
    for (const text of ['{page}', '{index:03d}', '{}', 'a{', 'a}', '{index', '{{index}']) {
      assert.throws(() => parseTargetName(text, 'o', variables), { name: 'ProcessError', parameter: 'o' }, text);
    }
  });

  it('tell whether outputs get names of their own', () => {
    assert.equal(distinguishesOutputs(parseTargetName('a{index}', 'o', variables)), true);
    assert.equal(distinguishesOutputs(parseTargetName('a.{autoext}', 'o', variables)), false);
  });

  it('never let a sheet title make a prefix, climb, or hide control characters', () => {
    assert.equal(render('out/{sheetname}.png', { sheetname: '../../etc/pass\u0000wd' }), 'out/.._.._etc_pass_wd.png');
    assert.equal(sanitiseSheetName('..'), '__');
    assert.equal(sanitiseSheetName('a\\b\u2028c\ud800'), 'a_b_c_');
    assert.equal(sanitiseSheetName('銷售 2024'), '銷售 2024');
  });
});
