// The table of `npm run test:mutations` stays true: what it takes away is there, once, and so is the test that must notice.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { MUTATIONS } from '../mutations/table.ts';

const ROOT = resolve(import.meta.dirname, '../..');

describe('the table of mutations', () => {
  it('names texts that occur exactly once, and something else in their place', () => {
    const wrong = MUTATIONS.filter(
      ({ file, text, without }) => text === without || readFileSync(join(ROOT, file), 'utf8').split(text).length !== 2,
    );
    assert.deepEqual(
      wrong.map(({ name, file }) => `${file}: ${name}`),
      [],
    );
  });

  it('names tests that are there', () => {
    const wrong = MUTATIONS.filter(({ test, pattern }) => {
      const source = readFileSync(join(ROOT, test), 'utf8');
      return !new RegExp(pattern, 'i').test(source.replaceAll(/\\(['"])/g, '$1'));
    });
    assert.deepEqual(
      wrong.map(({ name, test, pattern }) => `${test} /${pattern}/: ${name}`),
      [],
    );
  });

  it('has each name once', () => {
    const names = MUTATIONS.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
  });
});
