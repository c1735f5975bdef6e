// The layer store over the stand-in for the layer tool: sharing, waiting for parents, failing, cancelling.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createWorkspace, type Workspace } from '../../../runtime-server/src/base/workspace.ts';
import { createContentStore } from '../../../runtime-server/src/content/store.ts';
import { createLayerStore, type LayerStore } from '../../../runtime-server/src/layers/store.ts';
import type { LayerRequest } from '../../../runtime-server/src/layers/unpack-layer.ts';
import { parseDigest } from '../../../runtime-server/src/oci/digest.ts';
import { createFakeUnpacker, type FakeUnpacker } from '../../support/fake-unpacker.ts';
import { buildLayer, type TestLayer } from '../../support/images.ts';

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

describe('the layer store', () => {
  let directory: string;
  let workspace: Workspace;
  let unpacker: FakeUnpacker;
  let store: LayerStore;
  const open = async (bootId = 'boot'): Promise<LayerStore> => {
    const blobs = createContentStore(directory, workspace);
    await blobs.start();
    const opened = createLayerStore({
      dataDirectory: directory,
      workspace,
      blobs,
      unpacker,
      squashIds: false,
      bootId,
      parallel: 1,
    });
    await opened.start();
    return opened;
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'slipway-layers-'));
    workspace = createWorkspace({ dataDirectory: directory });
    unpacker = createFakeUnpacker();
    await workspace.start();
    store = await open();
  });
  afterEach(async () => {
    await workspace.idle();
    assert.deepEqual(await readdir(join(directory, 'tmp')), []);
    await rm(directory, { recursive: true });
  });

  const request = (stack: readonly TestLayer[], more: Partial<LayerRequest> = {}): LayerRequest => {
    const top = stack.at(-1)!;
    return {
      blob: { digest: parseDigest(top.digest), size: top.size },
      diffIds: stack.map((layer) => parseDigest(layer.diffId)),
      open: () => once(top.blob),
      below: () => Promise.resolve(),
      ...more,
    };
  };
  const diffIds = (stack: readonly TestLayer[]) => stack.map((layer) => layer.diffId);

  it('unpacks a layer once for two who want it at the same time', async () => {
    const layer = await buildLayer([{ name: 'a', content: 'a' }]);
    const outcomes = await Promise.all([store.unpack(request([layer])), store.unpack(request([layer]))]);
    assert.deepEqual(outcomes.map((outcome) => outcome.fetched).sort(), [false, true]);
    assert.equal(unpacker.plans.length, 1);
    assert.equal((await store.find([parseDigest(layer.diffId)]))?.bytes, 1);
  });

  it('tries with its own source when the other one failed or was cancelled', async () => {
    const layer = await buildLayer([{ name: 'a', content: 'a' }]);
    const failing = request([layer], {
      // eslint-disable-next-line require-yield
      open: async function* () {
        await Promise.resolve();
        throw new Error('gone');
      },
    });
    const outcomes = await Promise.allSettled([store.unpack(failing), store.unpack(request([layer]))]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status),
      ['rejected', 'fulfilled'],
    );
  });

  it('does not deadlock on two images with the same layers in another order', async () => {
    // Both layers need what is below: one links to it, the other passes through its directories.
    const base = await buildLayer([
      { name: 'd/', mode: 0o700 },
      { name: 'file', content: 'f' },
    ]);
    const linking = await buildLayer([{ name: 'link', link: { kind: 'link', target: 'file' } }]);
    const implying = await buildLayer([{ name: 'd/x', content: 'x' }]);
    const pull = async (stack: readonly TestLayer[]): Promise<void> => {
      const tasks: Promise<unknown>[] = [];
      for (const index of stack.keys()) {
        const below = async (): Promise<void> => {
          await Promise.all(tasks.slice(0, index));
        };
        tasks.push(store.unpack(request(stack.slice(0, index + 1), { below })));
      }
      await Promise.all(tasks);
    };
    const stacks = [
      [base, linking, implying],
      [base, implying, linking],
    ];
    await Promise.all(stacks.map(pull));
    for (const stack of stacks) {
      const lower = await store.lowerDirs(diffIds(stack));
      assert.equal(lower.length, 3);
      const linked = lower.find((path) => path.includes(linking.diffId.slice(7)))!;
      assert.equal(await readFile(join(linked, 'link'), 'utf8'), 'f');
    }
  });

  it('fails when a link finds its target nowhere', async () => {
    const base = await buildLayer([{ name: 'other' }]);
    const linking = await buildLayer([{ name: 'link', link: { kind: 'link', target: 'file' } }]);
    await store.unpack(request([base]));
    for (const stack of [[linking], [base, linking]]) {
      await assert.rejects(store.unpack(request(stack)), {
        code: 'DataLoss',
        message: /links to a file that no layer below it has at "file"/,
      });
    }
  });

  it('leaves nothing when it is cancelled while waiting for parents', async () => {
    const base = await buildLayer([{ name: 'd/' }]);
    const implying = await buildLayer([{ name: 'd/x', content: 'x' }]);
    const controller = new AbortController();
    const waiting = store.unpack(
      request([base, implying], {
        signal: controller.signal,
        below: () => {
          controller.abort();
          return new Promise(() => undefined);
        },
      }),
    );
    await assert.rejects(waiting, { name: 'AbortError' });
    assert.deepEqual(await store.list(), []);
  });

  it('marks layers durable with one sync, and distrusts others after a boot', async () => {
    const [a, b] = [await buildLayer([{ name: 'a' }]), await buildLayer([{ name: 'b' }])];
    await store.unpack(request([a]));
    await store.sync();
    await store.unpack(request([b]));
    assert.equal(unpacker.syncs, 1);
    const later = await open('next boot');
    assert.ok(await later.find([parseDigest(a.diffId)]));
    assert.equal(await later.find([parseDigest(b.diffId)]), undefined);
    await assert.rejects(later.lowerDirs(diffIds([b])), { code: 'DataLoss' });
    let opened = 0;
    const { fetched } = await later.unpack(
      request([b], {
        open: () => {
          opened += 1;
          return once(b.blob);
        },
      }),
    );
    assert.deepEqual([fetched, opened], [true, 0], 'again, out of the blob');
    assert.ok(await later.find([parseDigest(b.diffId)]));
  });

  it('says so when the files of a layer are gone', async () => {
    const layer = await buildLayer([{ name: 'a' }]);
    await store.unpack(request([layer]));
    await rm(join(directory, 'layers', layer.diffId.slice(7)), { recursive: true });
    await assert.rejects(store.lowerDirs([layer.diffId]), { code: 'DataLoss', hint: 'Pull the image again.' });
    assert.equal(await store.find([parseDigest(layer.diffId)]), undefined);
    await assert.rejects(store.lowerDirs(['sha256:../..']), { code: 'InvalidArgument' });
  });

  it('removes a layer with all its variants', async () => {
    const linking = await buildLayer([{ name: 'link', link: { kind: 'link', target: 'file' } }]);
    for (const content of ['1', '2']) {
      const base = await buildLayer([{ name: 'file', content }]);
      await store.unpack(request([base]));
      await store.unpack(request([base, linking]));
    }
    assert.equal((await readdir(join(directory, 'layers'))).length, 4);
    await store.remove(parseDigest(linking.diffId));
    assert.equal((await readdir(join(directory, 'layers'))).length, 2);
  });
});
