import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  advance,
  fraction,
  movedBytes,
  NOTHING_MOVED,
  transferText,
} from '../../../../extension/model/transfer-progress.ts';
import { type PullProgress, type PushProgress } from '../../../../runtime-server/protocol/progress.ts';
import { ENGLISH } from '../fixtures.ts';

const MANIFEST = {
  kind: 'manifest',
  digest: 'sha256:0',
  layers: [
    { id: 'a', size: 1000 },
    { id: 'b', size: 3000 },
  ],
} as const;

const after = (...steps: readonly (PullProgress | PushProgress)[]): string =>
  transferText(steps.reduce(advance, NOTHING_MOVED), ENGLISH);

const HALF = [MANIFEST, { kind: 'layer', id: 'b', status: 'downloading', current: 1000, total: 3000 }] as const;

describe('pull progress', () => {
  it('says what is looked up before the manifest is known', () => {
    assert.equal(after(), 'Asking the registry…');
    const resolving = { kind: 'resolving', reference: 'docker.io/library/alpine:latest', defaultTag: true } as const;
    assert.equal(after(resolving), 'Looking up alpine:latest…');
    assert.equal(fraction(NOTHING_MOVED), undefined);
  });

  it('counts layers and bytes', () => {
    const steps: PullProgress[] = [
      MANIFEST,
      { kind: 'layer', id: 'a', status: 'exists' },
      { kind: 'layer', id: 'b', status: 'downloading', current: 1500, total: 3000 },
    ];
    assert.equal(after(...steps), '1 of 2 layers, 2.5 kB / 4 kB');
    assert.equal(fraction(steps.reduce(advance, NOTHING_MOVED)), 0.625);
  });

  it('keeps the bytes of a layer that is only verified, and ends at one', () => {
    const steps: PullProgress[] = [
      MANIFEST,
      { kind: 'layer', id: 'a', status: 'complete' },
      { kind: 'layer', id: 'b', status: 'downloading', current: 3000, total: 3000 },
      { kind: 'layer', id: 'b', status: 'verifying' },
    ];
    assert.equal(fraction(steps.reduce(advance, NOTHING_MOVED)), 1);
    assert.equal(after(...steps), '1 of 2 layers, 4 kB / 4 kB');
  });

  it('says what is unpacked once all bytes are here, and does not take those for moved that were here', () => {
    const steps: PullProgress[] = [
      MANIFEST,
      { kind: 'layer', id: 'a', status: 'extracting', current: 500, total: 1000 },
      { kind: 'layer', id: 'b', status: 'downloading', current: 3000, total: 3000 },
      { kind: 'layer', id: 'b', status: 'extracting', current: 2000, total: 3000 },
    ];
    assert.equal(after(...steps.slice(0, 2)), '0 of 2 layers, 1 kB / 4 kB');
    assert.equal(after(...steps), '0 of 2 layers, extracting 2.5 kB / 4 kB');
    steps.push({ kind: 'layer', id: 'a', status: 'complete', current: 0, total: 1000 });
    const state = steps.reduce(advance, NOTHING_MOVED);
    assert.deepEqual([movedBytes(state), fraction(state)], [3000, 1]);
    assert.equal(after(...steps), '1 of 2 layers, extracting 3 kB / 4 kB');
  });

  it('counts what a push finds there and what it mounts', () => {
    const steps: PushProgress[] = [
      MANIFEST,
      { kind: 'layer', id: 'a', status: 'mounted', from: 'team/base' },
      { kind: 'layer', id: 'b', status: 'uploading', current: 1500, total: 3000 },
    ];
    assert.equal(after(...steps), '1 of 2 layers, 2.5 kB / 4 kB');
  });

  it('says how fast it goes and how long it takes', () => {
    const state = HALF.reduce<typeof NOTHING_MOVED>(advance, NOTHING_MOVED);
    assert.equal(transferText(state, ENGLISH, 500), '0 of 2 layers, 1 kB / 4 kB (500 bytes/s, 6 seconds left)');
    assert.equal(transferText(state, ENGLISH, 10), '0 of 2 layers, 1 kB / 4 kB (10 bytes/s, 5 minutes left)');
    assert.equal(transferText(state, ENGLISH, 0), '0 of 2 layers, 1 kB / 4 kB');
    assert.equal(transferText(state, ENGLISH, undefined), '0 of 2 layers, 1 kB / 4 kB');
  });

  it('does not take for speed what was there already', () => {
    const steps: PullProgress[] = [...HALF, { kind: 'layer', id: 'a', status: 'exists' }];
    const state = steps.reduce(advance, NOTHING_MOVED);
    assert.deepEqual([movedBytes(state), fraction(state)], [1000, 0.5]);
  });

  it('survives layers that the manifest did not name', () => {
    const state = advance(NOTHING_MOVED, { kind: 'layer', id: 'x', status: 'downloading', current: 5 });
    assert.equal(fraction(state), undefined);
  });
});
