import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { root } from '../../../runtime-server/src/base/validate.ts';
import { excess, readUndoLimits, type Kept } from '../../../runtime-server/src/containers/undo-limits.ts';

const GIB = 1024 ** 3;
const PLENTY = 1000 * GIB;
const one = (removedAt: number, size = 1, written = true): Kept => ({ removedAt, size, written });
const times = (kept: readonly Kept[]): readonly number[] => kept.map(({ removedAt }) => removedAt);

describe('limits of what can be restored', () => {
  it('are a day and a gibibyte, or what daemon.json says', () => {
    assert.deepEqual(readUndoLimits(root({})), { age: 86_400_000, size: GIB });
    const said = { 'removed-max-age': '90m', 'removed-max-size': '512m' };
    assert.deepEqual(readUndoLimits(root(said)), { age: 5_400_000, size: GIB / 2 });
    assert.deepEqual(readUndoLimits(root({ 'removed-max-age': '0', 'removed-max-size': '0' })), { age: 0, size: 0 });
    assert.throws(() => readUndoLimits(root({ 'removed-max-age': 'a day' })), /removed-max-age"\]: expected a time/);
    assert.throws(() => readUndoLimits(root({ 'removed-max-size': 'big' })), /removed-max-size"\]: expected a size/);
  });

  it('let the old go', () => {
    const kept = [one(1), one(50), one(101)];
    assert.deepEqual(times(excess(kept, { age: 100, size: GIB }, 150, PLENTY)), [1, 50]);
  });

  it('let the oldest go when all together are too big, also where a younger one alone is', () => {
    const kept = [one(1, 4), one(2, 4), one(3, 4)];
    assert.deepEqual(times(excess(kept, { age: 100, size: 8 }, 3, PLENTY)), [1]);
    assert.deepEqual(times(excess([one(1, 1), one(2, 9)], { age: 100, size: 8 }, 3, PLENTY)), [1, 2]);
  });

  it('take at most a tenth of what would be free without them', () => {
    const kept = [one(1, 40), one(2, 40), one(3, 40)];
    assert.deepEqual(times(excess(kept, { age: 100, size: GIB }, 3, 680)), [1]);
    assert.deepEqual(times(excess(kept, { age: 100, size: GIB }, 3, 0)), [1, 2, 3]);
  });

  it('hold 200: first those go that have written nothing', () => {
    const kept = [...Array(201).keys()].map((time) => one(time, 1, time !== 77));
    assert.deepEqual(times(excess(kept, { age: 1000, size: GIB }, 200, PLENTY)), [77]);
    const written = kept.map((each) => ({ ...each, written: true }));
    assert.deepEqual(times(excess(written, { age: 1000, size: GIB }, 200, PLENTY)), [0]);
  });
});
