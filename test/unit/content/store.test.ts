import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createWorkspace, type Workspace } from '../../../runtime-server/src/base/workspace.ts';
import { createContentStore, type ContentStore } from '../../../runtime-server/src/content/store.ts';
import { digestOf } from '../../../runtime-server/src/oci/digest.ts';

describe('the content store', () => {
  let directory: string;
  let workspace: Workspace;
  let store: ContentStore;
  const bytes = Buffer.from('some bytes');
  const digest = digestOf(bytes);
  const blob = { digest, size: bytes.length };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'slipway-content-'));
    workspace = createWorkspace({ dataDirectory: directory });
    store = createContentStore(directory, workspace);
    await workspace.start();
    await store.start();
  });
  afterEach(async () => {
    await workspace.idle();
    assert.deepEqual(await readdir(join(directory, 'tmp')), []);
    await rm(directory, { recursive: true });
  });

  it('keeps bytes under their digest, once', async () => {
    assert.equal(await store.has(blob), false);
    await Promise.all([store.put(bytes, digest), store.put(bytes, digest)]);
    assert.equal(await store.has(blob), true);
    assert.deepEqual(await store.read(digest, 100), bytes);
    assert.deepEqual(await store.list(), [digest]);
    await store.remove(digest);
    await store.remove(digest);
    assert.equal(await store.read(digest, 100), undefined);
  });

  it('refuses bytes of another digest, reads no more than asked for', async () => {
    await assert.rejects(store.put(Buffer.from('other'), digest), {
      code: 'DataLoss',
      message: /does not match its digest/,
    });
    await store.put(bytes, digest);
    await assert.rejects(store.read(digest, 5), { code: 'DataLoss', message: /larger than 5 bytes/ });
  });

  it('throws damaged blobs away, so that they can come again', async () => {
    await writeFile(store.path(digest), 'xxxx bytes');
    assert.equal(await store.has(blob), true, 'the size alone is right');
    assert.equal(store.readNow(digest, 100), undefined);
    assert.equal(await store.read(digest, 100), undefined);
    await store.put(bytes, digest);
    await writeFile(store.path(digest), 'short');
    assert.equal(await store.has(blob), false);
    await store.put(bytes, digest);
    assert.deepEqual(await store.read(digest, 100), bytes);
    assert.deepEqual([store.readNow(digest, 100), store.readNow(digest, 5)], [bytes, undefined]);
  });

  it('adopts a finished file, or drops it when the blob is there', async () => {
    for (let round = 0; round < 2; round += 1) {
      const file = workspace.temporary('blob');
      await writeFile(file, bytes);
      await store.adopt(file, digest);
    }
    assert.deepEqual(await store.read(digest, 100), bytes);
  });

  it('ignores names that are no digests', async () => {
    await writeFile(join(directory, 'blobs/sha256/.hidden'), '');
    assert.deepEqual(await store.list(), []);
  });
});
