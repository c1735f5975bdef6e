import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type StoreReport } from '../../../../runtime-server/protocol/housekeeping.ts';
import { storagePage } from '../../../../extension/documents/storage-page.ts';
import { container, CONTAINER_ID, ENGLISH, IMAGE_ID } from '../fixtures.ts';

const PAGE = {
  usage: {
    images: [
      { id: 'sha256:small', references: [], size: 10, sharedSize: 0, containers: 0 },
      {
        id: IMAGE_ID,
        references: ['docker.io/library/alpine:latest'],
        created: '2026-01-01T00:00:00Z',
        size: 8_000_000,
        sharedSize: 3_000_000,
        containers: 1,
      },
    ],
    containers: [{ id: CONTAINER_ID, live: false, size: 2000 }],
    volumes: [{ name: 'data', size: 5000, containers: 0 }],
    snapshots: { count: 0, size: 0, reclaimable: 0 },
    removed: { count: 3, size: 4000 },
    layers: { size: 8_000_010, reclaimable: 10 },
    blobs: { count: 6, size: 3_000_000, unused: 1, unusedSize: 500_000 },
  },
  containers: [container()],
  report: undefined,
  now: Date.parse('2026-01-08T00:00:00Z'),
};

const REPORT: StoreReport = {
  images: 2,
  blobs: 6,
  layers: 2,
  problems: [
    {
      kind: 'layer',
      digest: `sha256:${'ab'.repeat(32)}`,
      images: ['a_b:1'],
      problem: 'was altered',
      repaired: false,
      fix: 'slipway system check --repair',
    },
  ],
  unused: { blobs: 0, layers: 0 },
};

describe('storage page', () => {
  it('shows the sums, then the largest first', () => {
    const page = storagePage(PAGE, ENGLISH);
    assert.match(page, /\| Images \(unpacked layers\) \| 2 \| 8 MB \| 10 bytes \|/);
    assert.match(page, /\| Containers \(what they have written\) \| 1 \| 2 kB \| 2 kB \|/);
    assert.match(page, /\| Volumes \| 1 \| 5 kB \| 5 kB \|/);
    assert.match(page, /\| data \| 5 kB \| 0 \|/);
    assert.match(page, /\| Removed containers \| 3 \| 4 kB \| 4 kB \|/);
    assert.match(page, /\| Blobs \(as the registry sent them\) \| 6 \| 3 MB \| 500 kB \|/);
    assert.ok(page.indexOf('| alpine:latest | 8 MB | 3 MB | 1 | last week |') < page.indexOf('| small |'));
    assert.match(page, /\| brave\\_lamp \| 2 kB \|/);
  });

  it('tells what a check has found, with what to type; names are no Markdown', () => {
    const page = storagePage({ ...PAGE, report: REPORT }, ENGLISH);
    assert.match(page, /## ✗ One problem\n\n2 images, 6 blobs and 2 layers were looked at\./);
    assert.match(page, /- layer abababababab \(a\\_b:1\) was altered\n\n```\nslipway system check --repair\n```/);
  });

  it('says when everything is repaired or was fine', () => {
    const repaired = REPORT.problems.map((problem) => ({ ...problem, repaired: true }));
    const page = storagePage({ ...PAGE, report: { ...REPORT, problems: repaired } }, ENGLISH);
    assert.match(page, /## ✓ All problems were repaired/);
    assert.match(storagePage({ ...PAGE, report: { ...REPORT, problems: [] } }, ENGLISH), /## ✓ Everything is as/);
  });
});
