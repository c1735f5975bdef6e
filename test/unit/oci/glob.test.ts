import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { globber } from '../../../runtime-server/src/oci/glob.ts';

describe('globs', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['abc', 'abc', true],
    ['*', 'abc', true],
    ['*c', 'abc', true],
    ['a*', 'ab/c', false],
    ['a*/b', 'abc/b', true],
    ['a*b*c*d*e*/f', 'axbxcxdxexxx/f', true],
    ['a*b?c*x', 'abxbbxdbxebxczzx', true],
    ['a*b?c*x', 'abxbbxdbxebxczzy', false],
    ['ab[c]', 'abc', true],
    ['ab[b-d]', 'abc', true],
    ['ab[^c]', 'abc', false],
    ['ab[^e-g]', 'abc', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'ab', false],
    ['a?b', 'a/b', false],
    ['[\\]a]', ']', true],
    ['', '', true],
    ['', 'a', false],
    ['a**b', 'axxb', true],
  ];
  for (const [pattern, text, expected] of cases)
    it(`${pattern} ${expected ? 'fits' : 'does not fit'} ${text}`, () => {
      assert.equal(globber(pattern)(text), expected);
    });

  it('refuse what is no pattern', () => {
    for (const pattern of ['[', '[]', '[a', 'a\\', '[-]', '[a-]', '[^]'])
      assert.throws(() => globber(pattern), { code: 'InvalidArgument', message: /syntax error in pattern/ }, pattern);
  });

  it('end soon, whatever pattern and text are', () => {
    assert.equal(globber('*a'.repeat(100))(`${'a'.repeat(5000)}b`), false);
  });
});
