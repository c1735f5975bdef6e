// Whoever cancels waits for nobody: each long operation is stuck at what never comes, is cancelled there, ends, and leaves only what
// is verified. How long that took is told, not judged.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { PullProgress } from '../../../runtime-server/protocol/progress.ts';
import { archiveOfEntries, oldDockerEntries, piecesOf } from '../../support/archives.ts';
import { zeroBomb } from '../../support/hostile/bomb.ts';
import { isFor, startHostileRegistry, type HostileRegistry } from '../../support/hostile-registry.ts';
import { leftovers, openImageStore, type ImageStore } from '../../support/image-store.ts';
import { buildImage, buildLayer, randomText, sha256, type TestImage, type TestLayer } from '../../support/images.ts';

interface Scene extends AsyncDisposable {
  readonly store: ImageStore;
  readonly registry: HostileRegistry;
  readonly image: TestImage;
  readonly reference: string;
}

/** `stuck` resolves when nothing can go on any more. */
interface Operation {
  readonly going: Promise<unknown>;
  readonly stuck: Promise<unknown>;
}

type Start = (scene: Scene, signal: AbortSignal) => Operation | Promise<Operation>;

const never = new Promise<never>(() => undefined);
const event = (): PromiseWithResolvers<unknown> => Promise.withResolvers();

/** Takes the tool a second to unpack, and nobody any disk. */
function slowLayer(): TestLayer {
  const blob = zeroBomb(1 << 30);
  return { blob, digest: sha256(blob), diffId: sha256('nobody gets that far'), size: blob.length, compression: 'zstd' };
}

/** Resolves with the first progress of that status. */
function atStatus(status: string): {
  readonly stuck: Promise<unknown>;
  readonly onProgress: (one: PullProgress) => void;
} {
  const { promise, resolve } = event();
  return {
    stuck: promise,
    onProgress: (one) => {
      if (one.kind === 'layer' && one.status === status) resolve(undefined);
    },
  };
}

async function* beginning(bytes: Buffer, reached: () => void): AsyncGenerator<Uint8Array> {
  yield bytes;
  reached();
  await never;
}

const pullStalled: Start = ({ store, registry, image }, signal) => {
  const { promise: stuck, resolve } = event();
  registry.serveImage('team/new', '1', image);
  registry.intercept((request, response) => {
    if (!isFor(request, `/v2/team/new/blobs/${image.layers[0]!.digest}`)) return false;
    response
      .writeHead(200, { 'content-length': image.layers[0]!.size })
      .write(image.layers[0]!.blob.subarray(0, 20_000), resolve);
    return true;
  });
  return { going: store.images.pull(`${registry.host}/team/new:1`, { signal }), stuck };
};

const pullUnpacking: Start = ({ store, registry }, signal) => {
  const { stuck, onProgress } = atStatus('verifying');
  registry.serveImage('team/slow', '1', buildImage([slowLayer()]));
  return { going: store.images.pull(`${registry.host}/team/slow:1`, { signal, onProgress }), stuck };
};

const push: Start = ({ store, registry, reference }, signal) => {
  const { promise: stuck, resolve } = event();
  registry.intercept(({ method }, response) => {
    if (method === 'HEAD') response.writeHead(404).end();
    if (method === 'POST') resolve(undefined); // never answered
    return method === 'HEAD' || method === 'POST';
  });
  return { going: store.images.push(reference, { signal }), stuck };
};

const loadStalled: Start = async ({ store, image }, signal) => {
  const { promise: stuck, resolve } = event();
  const archive = await archiveOfEntries(oldDockerEntries([[image, ['a:1']]]));
  const from = beginning(archive.subarray(0, 5000), () => {
    resolve(undefined);
  });
  return { going: store.images.archives.load({ from }, { signal }), stuck };
};

const loadUnpacking: Start = async ({ store }, signal) => {
  const { stuck, onProgress } = atStatus('extracting');
  const archive = await archiveOfEntries(oldDockerEntries([[buildImage([slowLayer()]), ['a:1']]]));
  return { going: store.images.archives.load({ from: piecesOf(archive) }, { signal, onProgress }), stuck };
};

const importing: Start = ({ store }, signal) => {
  const { promise: stuck, resolve } = event();
  const from = beginning(Buffer.alloc(10_240), () => {
    resolve(undefined);
  });
  return { going: store.images.archives.import({ from }, { signal }), stuck };
};

const saving: Start = ({ store, reference }, signal) => {
  const { promise: stuck, resolve } = event();
  const to = (): Promise<never> => {
    resolve(undefined);
    return never;
  };
  return { going: store.images.archives.save([reference], { to, signal }), stuck };
};

/** A container's own files: more than can be packed in no time. */
async function above(
  store: ImageStore,
): Promise<{ name: string; uppers: string[]; hide: string[]; diffIds: string[] }> {
  const upper = join(store.dataDirectory, 'upper');
  await mkdir(upper);
  await writeFile(join(upper, 'noise'), randomBytes(32 << 20));
  return { name: 'box', uppers: [upper], hide: [], diffIds: [] };
}

const committing: Start = async ({ store, image }, signal) => {
  const plan = { manifestDigest: image.manifest.digest, createdBy: () => 'x', config: () => ({}) };
  const going = store.images.uppers.commit(
    { ...(await above(store)), diffIds: image.layers.map(({ diffId }) => diffId) },
    plan,
    signal,
  );
  return { going, stuck: new Promise(setImmediate) };
};

const exporting: Start = async ({ store }, signal) => {
  const { promise: stuck, resolve } = event();
  const write = (): Promise<never> => {
    resolve(undefined);
    return never;
  };
  return { going: store.images.uppers.archive(await above(store), write, signal), stuck };
};

async function openScene(): Promise<Scene> {
  const registry = await startHostileRegistry();
  const store = await openImageStore();
  const image = buildImage([await buildLayer([{ name: 'data', content: randomText(200_000) }])]);
  registry.serveImage('team/app', '1', image);
  const reference = `${registry.host}/team/app:1`;
  await store.images.pull(reference);
  return {
    ...{ store, registry, image, reference },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

const OPERATIONS: readonly (readonly [name: string, start: Start])[] = [
  ['a pull that gets no more bytes', pullStalled],
  ['a pull that unpacks', pullUnpacking],
  ['a push that gets no answer', push],
  ['a load that gets no more bytes', loadStalled],
  ['a load that unpacks', loadUnpacking],
  ['an import that gets no more bytes', importing],
  ['a save that nobody takes', saving],
  ['a commit', committing],
  ['an export that nobody takes', exporting],
];

describe('cancelled', () => {
  for (const [name, start] of OPERATIONS) {
    it(name, { timeout: 60_000 }, async (context) => {
      await using scene = await openScene();
      const { store } = scene;
      if (start === pullStalled) await store.images.remove(scene.reference, { usedBy: () => [] });
      const before = await leftovers(store);
      const controller = new AbortController();
      const { going, stuck } = await start(scene, controller.signal);
      await Promise.race([stuck, going]);
      const began = performance.now();
      controller.abort();
      await assert.rejects(going, { code: 'Cancelled' });
      context.diagnostic(`${name}: ended after ${Math.round(performance.now() - began)} ms`);
      // What a pull has verified stays for the next one: manifest and config.
      const more = (await leftovers(store)).filter((left) => !before.includes(left) && !left.endsWith('.done'));
      assert.ok(
        more.every((left) => left.startsWith('blobs/')),
        more.join(' '),
      );
      assert.ok(more.length <= (name.startsWith('a pull') ? 2 : 0), more.join(' '));
    });
  }
});
