import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { referenceProblem } from '../../../../extension/model/reference.ts';
import { ENGLISH } from '../fixtures.ts';

describe('reference in the input box', () => {
  for (const good of [
    'alpine',
    'alpine:3.20',
    ' debian:12 ',
    'ghcr.io/owner/name:Tag',
    'localhost:5000/busybox',
    'LOCALHOST:5000/busybox',
    `alpine@sha256:${'a'.repeat(64)}`,
    '[::1]:5000/x',
  ]) {
    it(`takes ${good.trim()}`, () => {
      assert.equal(referenceProblem(good, ENGLISH), undefined);
    });
  }
  for (const [bad, why] of [
    ['', /Type the name/],
    ['a b', /no spaces/],
    ['https://example.com/x', /without https/],
    ['Alpine', /capital/],
    ['owner/Name:1', /capital/],
    ['alpine;ls', /letters, digits/],
  ] as const) {
    it(`refuses “${bad}”`, () => {
      assert.match(referenceProblem(bad, ENGLISH) ?? '', why);
    });
  }
});
