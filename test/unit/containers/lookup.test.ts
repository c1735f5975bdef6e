import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCode } from '../../../runtime-server/src/base/errors.ts';
import { findContainer } from '../../../runtime-server/src/containers/lookup.ts';
import { checkName, generateName } from '../../../runtime-server/src/containers/names.ts';

const all = [
  { id: `abc1${'0'.repeat(60)}`, name: 'one' },
  { id: `abc2${'0'.repeat(60)}`, name: 'two' },
  { id: `def0${'0'.repeat(60)}`, name: 'abc' },
];

describe('findContainer', () => {
  it('finds by name, id and unique prefix', () => {
    assert.equal(findContainer(all, 'two', 'x').name, 'two');
    assert.equal(findContainer(all, '/two', 'x').name, 'two');
    assert.equal(findContainer(all, 'abc1', 'x').name, 'one');
    assert.equal(findContainer(all, all[2]!.id, 'x').name, 'abc');
  });

  it('prefers a name to a prefix', () => {
    assert.equal(findContainer(all, 'abc', 'x').id, all[2]!.id);
  });

  it('lists the candidates of an ambiguous prefix', () => {
    assert.throws(
      () => findContainer(all, 'ab', 'remove'),
      (error) =>
        isCode(error, 'Conflict') &&
        error.message.includes('abc100000000 (one)') &&
        error.message.includes('abc200000000 (two)'),
    );
  });

  it('says when there is none', () => {
    assert.throws(
      () => findContainer(all, 'nope', 'remove'),
      (error) => isCode(error, 'NotFound') && error.message === 'remove nope: no such container',
    );
  });
});

describe('names', () => {
  it('have two parts and are Docker’s grammar', () => {
    for (let count = 0; count < 200; count++) {
      const name = generateName(() => false);
      assert.match(name, /^[a-z]+_[a-z]+$/);
      checkName(name);
    }
  });

  it('go on when every pair is taken', () => {
    assert.match(
      generateName((name) => !/\d$/.test(name)),
      /^[a-z]+_[a-z]+\d+$/,
    );
  });

  it('refuse what would be a path or an option', () => {
    for (const name of ['', 'a', '-x', '../x', 'a/b', 'a b', '.a', 'ä1'])
      assert.throws(() => {
        checkName(name);
      }, /name container/);
  });
});
