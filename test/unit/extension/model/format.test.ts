import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { familiarReference, formatAge, formatSize, shortId } from '../../../../extension/model/format.ts';
import { ENGLISH } from '../fixtures.ts';

const NOW = Date.parse('2026-06-15T12:00:00Z');

describe('format', () => {
  it('writes sizes in decimal units with three digits', () => {
    assert.equal(formatSize(0, ENGLISH), '0 bytes');
    assert.equal(formatSize(999, ENGLISH), '999 bytes');
    assert.equal(formatSize(7_834_567, ENGLISH), '7.83 MB');
    assert.equal(formatSize(1_500_000_000_000_000, ENGLISH), '1,500 TB');
  });

  it('writes ages in the largest whole unit', () => {
    assert.equal(formatAge('2026-06-15T11:59:30Z', NOW, ENGLISH), '30 seconds ago');
    assert.equal(formatAge('2026-06-15T09:00:00Z', NOW, ENGLISH), '3 hours ago');
    assert.equal(formatAge('2026-05-25T12:00:00Z', NOW, ENGLISH), '3 weeks ago');
    assert.equal(formatAge('2024-06-15T12:00:00Z', NOW, ENGLISH), '2 years ago');
  });

  it('has no age for times that are absent, unreadable, or a build tool’s zero', () => {
    assert.equal(formatAge(undefined, NOW, ENGLISH), undefined);
    assert.equal(formatAge('soon', NOW, ENGLISH), undefined);
    assert.equal(formatAge('0001-01-01T00:00:00Z', NOW, ENGLISH), undefined);
    assert.equal(formatAge('1970-01-01T00:00:00Z', NOW, ENGLISH), undefined);
  });

  it('takes a clock that is behind for now', () => {
    assert.equal(formatAge('2026-06-15T12:00:05Z', NOW, ENGLISH), 'now');
  });

  it('shortens ids and references as Docker does', () => {
    assert.equal(shortId(`sha256:${'ab'.repeat(32)}`), 'abababababab');
    assert.equal(shortId('cd'.repeat(32)), 'cdcdcdcdcdcd');
    assert.equal(familiarReference('docker.io/library/alpine:latest'), 'alpine:latest');
    assert.equal(familiarReference('docker.io/owner/name:1'), 'owner/name:1');
    assert.equal(familiarReference('docker.io/library/a/b:1'), 'library/a/b:1');
    assert.equal(familiarReference('ghcr.io/owner/name:1'), 'ghcr.io/owner/name:1');
    assert.equal(familiarReference('localhost:5000/busybox:latest'), 'localhost:5000/busybox:latest');
  });
});
