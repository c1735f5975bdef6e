// Pushing: to Debian's docker-registry, and to one that breaks off, forgets, asks for pieces or refuses.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { PushProgress } from '../../../runtime-server/protocol/progress.ts';
import type { ImagesDependencies } from '../../../runtime-server/src/images/images.ts';
import { isFor, startHostileRegistry } from '../../support/hostile-registry.ts';
import { LIMITS, openImageStore, type ImageStore } from '../../support/image-store.ts';
import {
  buildImage,
  buildLayer,
  pushImage,
  pushIndex,
  randomText,
  sha256,
  writeLayout,
  type TestImage,
} from '../../support/images.ts';
import { startRegistry, withoutRegistry, type TestRegistry } from '../../support/registry.ts';
import { startUploadRegistry, type UploadFaults, type UploadRegistry } from '../../support/upload-registry.ts';

/** The last word about each layer. */
function outcomes(events: readonly PushProgress[]): readonly string[] {
  const last = new Map<string, string>();
  for (const event of events)
    if (event.kind === 'layer') last.set(event.id, event.status + (event.from === undefined ? '' : ` ${event.from}`));
  return [...last.values()].sort();
}

async function push(store: ImageStore, reference: string): Promise<readonly PushProgress[]> {
  const events: PushProgress[] = [];
  await store.images.push(reference, { onProgress: (event) => events.push(event) });
  return events;
}

describe('pushing to a registry', { skip: withoutRegistry() }, () => {
  let registry: TestRegistry;
  const images: TestImage[] = [];
  before(async () => {
    registry = await startRegistry();
    for (const [flavor, compression] of [
      ['oci', 'zstd'],
      ['docker', 'gzip'],
    ] as const) {
      const layers = await Promise.all(
        ['one', 'two', flavor].map((name) => buildLayer([{ name, content: name }], compression)),
      );
      images.push(buildImage([...layers, layers[0]!], { flavor }));
    }
  });
  after(() => registry.stop());

  it('mounts what came from there, keeps digests and types, and finds it all there the second time', async () => {
    for (const [index, image] of images.entries()) {
      await pushImage(registry.host, 'team/source', String(index), image);
      await using store = await openImageStore();
      await store.images.pull(`${registry.host}/team/source:${index}`);
      const target = `${registry.host}/team/target${index}:new`;
      await store.images.tag(`${registry.host}/team/source:${index}`, target);
      const events = await push(store, target);
      assert.deepEqual(
        outcomes(events),
        Array.from({ length: 3 }, () => 'mounted team/source'),
      );
      const pushed = {
        kind: 'pushed',
        reference: target,
        digest: image.manifest.digest,
        size: image.manifest.bytes.length,
      };
      assert.deepEqual(events.at(-1), pushed);
      assert.deepEqual(outcomes(await push(store, target)), ['exists', 'exists', 'exists']);
      const answer = await fetch(`http://${registry.host}/v2/team/target${index}/manifests/new`, {
        headers: { accept: image.manifest.mediaType },
      });
      assert.equal(answer.headers.get('content-type'), image.manifest.mediaType);
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), image.manifest.bytes);
      await using other = await openImageStore();
      assert.equal((await other.images.pull(target)).imageId, image.config.digest);
    }
  });

  it('sends the bytes where the registry has none of them, and knows the digest afterwards', async () => {
    await using store = await importedStore(images[0]!);
    const target = `${registry.host}/team/fresh:1`;
    await store.images.tag('localhost/app', target);
    assert.deepEqual(outcomes(await push(store, target)), ['complete', 'complete', 'complete']);
    const [image] = await store.images.list();
    assert.deepEqual(image?.repoDigests, [`${registry.host}/team/fresh@${images[0]!.manifest.digest}`]);
    assert.equal(store.changes.at(-1)?.action, 'push');
    assert.equal((await store.images.pull(target)).upToDate, true);
  });

  it('sends this machine’s manifest of an index, and then names it by that', async () => {
    await pushIndex(registry.host, 'team/index', '1', [buildImage([], { architecture: 's390x' }), images[0]!]);
    await using store = await openImageStore();
    const target = `${registry.host}/team/index:1`;
    await store.images.pull(target);
    await push(store, target);
    const [image] = await store.images.list();
    assert.deepEqual(image?.repoDigests, [`${registry.host}/team/index@${images[0]!.manifest.digest}`]);
    assert.equal((await store.names('blobs', 'sha256')).length, 5, 'the index is gone');
  });

  it('pushes all tags of a repository', async () => {
    await using store = await importedStore(images[0]!);
    for (const name of ['b', 'a']) await store.images.tag('localhost/app', `${registry.host}/team/tags:${name}`);
    await store.images.tag('localhost/app', `${registry.host}/team/tagsx:c`);
    const pushed = await store.images.push(`${registry.host}/team/tags`, { allTags: true });
    assert.deepEqual(
      pushed.map(({ reference }) => reference),
      ['a', 'b'].map((tag) => `${registry.host}/team/tags:${tag}`),
    );
  });

  it('says which pull brings a lost blob back, and that pull does', async () => {
    const [image] = images;
    await pushImage(registry.host, 'team/source', 'lost', image!);
    await using store = await openImageStore();
    await store.images.pull(`${registry.host}/team/source:lost`);
    await store.images.tag(`${registry.host}/team/source:lost`, 'localhost:1/x:1');
    const blob = join(store.dataDirectory, 'blobs/sha256', image!.layers[1]!.digest.slice(7));
    for (const damage of [() => rm(blob), () => writeFile(blob, Buffer.alloc(image!.layers[1]!.size))]) {
      await damage();
      await using registry2 = await startUploadRegistry();
      const target = `${registry2.registry.host}/team/app:1`;
      await store.images.tag(`${registry.host}/team/source:lost`, target);
      const by = `${registry.host}/team/source@${image!.manifest.digest}`;
      await assert.rejects(store.images.push(target), {
        code: 'DataLoss',
        message: `push ${target}: blob ${image!.layers[1]!.digest} is missing here`,
        hint: `Fetch it again with \`slipway pull ${by}\`.`,
      });
      assert.equal(registry2.manifests.size, 0);
      await store.images.pull(by);
      await store.images.push(target);
      assert.equal(registry2.manifests.size, 1);
      await store.images.remove(target, { usedBy: () => [] });
    }
  });

  it('refuses what can’t be pushed, with a sentence', async () => {
    await using store = await importedStore(images[0]!);
    const digest = images[0]!.manifest.digest;
    for (const [reference, options, code, message] of [
      ['nowhere', {}, 'NotFound', 'push nowhere: no such image here'],
      ['nowhere', { allTags: true }, 'NotFound', 'push nowhere: no tag of it is here'],
      ['a:1', { allTags: true }, 'InvalidArgument', "push a:1: a tag can't be used with --all-tags/-a"],
      [`a@${digest}`, {}, 'InvalidArgument', `push a@${digest}: a digest can't be pushed to`],
    ] as const) {
      await assert.rejects(store.images.push(reference, options), { code, message });
    }
  });
});

interface SceneOptions {
  /** More than fits into the buffers of a connection. */
  readonly large?: boolean;
  readonly limits?: typeof LIMITS;
  readonly credentials?: NonNullable<ImagesDependencies['credentials']>;
}

/** A store with one image that came from no registry. */
async function importedStore(
  image: TestImage,
  limits = LIMITS,
  credentials?: SceneOptions['credentials'],
): Promise<ImageStore> {
  const store = await openImageStore({
    overrides: { limits },
    dependencies: credentials === undefined ? {} : { credentials },
  });
  const layout = join(store.dataDirectory, 'layout');
  await writeLayout(layout, [image]);
  await store.images.importLayout(layout, 'localhost/app');
  await rm(layout, { recursive: true });
  return store;
}

describe('a registry that takes an upload badly', () => {
  interface Scene extends AsyncDisposable {
    readonly store: ImageStore;
    readonly target: UploadRegistry;
    readonly reference: string;
    readonly image: TestImage;
    readonly layer: Buffer | undefined;
  }

  async function openScene(
    faults: UploadFaults,
    { large = false, limits, credentials }: SceneOptions = {},
  ): Promise<Scene> {
    const content = large ? randomBytes(10 << 20) : randomText(400_000);
    const image = buildImage([await buildLayer([{ name: 'data', content }], large ? 'none' : 'gzip')]);
    const store = await importedStore(image, limits, credentials);
    const target = await startUploadRegistry(faults);
    const reference = `${target.registry.host}/team/app:1`;
    await store.images.tag('localhost/app', reference);
    return {
      ...{ store, target, reference, image },
      get layer() {
        return target.blobs.get(`team/app@${image.layers[0]!.digest}`);
      },
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        await target[Symbol.asyncDispose]();
      },
    };
  }

  async function arrives(scene: Scene): Promise<void> {
    await push(scene.store, scene.reference);
    assert.deepEqual(scene.layer, scene.image.layers[0]!.blob);
    assert.deepEqual(scene.target.manifests.get('team/app:1')?.bytes, scene.image.manifest.bytes);
  }

  it('is sent one piece when nothing is wrong', async () => {
    await using scene = await openScene({});
    await arrives(scene);
    assert.deepEqual(
      scene.target.bodies.map(([method]) => method),
      ['PUT', 'PUT'],
      'the layer and the config',
    );
  });

  it('is taken up again where it says that it stands', async () => {
    await using scene = await openScene({ cuts: [100_000, 50_000] });
    await arrives(scene);
    const [first, second, third, fourth] = scene.target.bodies;
    assert.deepEqual(
      [first, second],
      [
        ['PUT', 100_000],
        ['PATCH', 50_000],
      ],
    );
    assert.deepEqual([third, fourth?.[0]], [['PATCH', scene.image.layers[0]!.size - 150_000], 'PUT'], 'no byte twice');
  });

  it('is begun anew when it has forgotten the upload', async () => {
    await using scene = await openScene({ cuts: [100_000], forgets: true });
    await arrives(scene);
    assert.deepEqual(scene.target.bodies[1], ['PATCH', 100_000]);
  });

  it('gets the pieces it asks for, each from where the last one ended', async () => {
    await using scene = await openScene({
      chunkMinLength: 110_000,
      keepsOf: (bytes) => (bytes > 10_000 ? bytes - 1000 : bytes),
    });
    await arrives(scene);
    const pieces = scene.target.bodies.filter(([method]) => method === 'PATCH').map(([, bytes]) => bytes);
    assert.equal(pieces[0], 110_000);
    assert.ok(pieces.length > 1);
  });

  it('gets pieces when it takes nothing as large', async () => {
    await using scene = await openScene({ largest: 120_000 });
    await arrives(scene);
    await using small = await openScene({ largest: 1000 });
    await assert.rejects(small.store.images.push(small.reference), {
      code: 'Unsupported',
      message: /takes nothing as large as blob/,
    });
  });

  it('is given up when it gets no further', async () => {
    await using scene = await openScene({ cuts: Array.from({ length: 50 }, () => 0) });
    await assert.rejects(scene.store.images.push(scene.reference), {
      code: 'Unavailable',
      message: /closed the connection/,
    });
    assert.ok(scene.target.bodies.length <= 6, 'the layer and the others of its tries');
  });

  it('refuses with a sentence', async () => {
    for (const [status, code, message] of [
      [401, 'Unauthenticated', /asks for a login/],
      [403, 'PermissionDenied', /denies access/],
      [404, 'NotFound', /has no repository/],
      [405, 'Unsupported', /takes no images/],
      [503, 'Unavailable', /has trouble/],
    ] as const) {
      await using scene = await openScene({ status: (method) => (method === 'POST' ? status : undefined) });
      await assert.rejects(scene.store.images.push(scene.reference), { code, message });
    }
    await using scene = await openScene({
      status: (method, url) => (method === 'PUT' && url.includes('/manifests/') ? 400 : undefined),
    });
    await assert.rejects(scene.store.images.push(scene.reference), {
      code: 'DataLoss',
      message: /refuses the manifest/,
    });
  });

  it('says that it keeps another manifest than it was sent', async () => {
    await using scene = await openScene({});
    const other = sha256('other');
    scene.target.registry.intercept((request, response) => {
      if (request.method !== 'PUT' || !isFor(request, /manifests/)) return false;
      request.resume();
      response.writeHead(201, { 'docker-content-digest': other }).end();
      return true;
    });
    await assert.rejects(scene.store.images.push(scene.reference), { code: 'DataLoss', message: /in place of/ });
  });

  it('claims to have more than it was sent', async () => {
    await using scene = await openScene({ chunkMinLength: 1, keepsOf: (bytes) => bytes });
    scene.target.registry.intercept((request, response) => {
      if (request.method !== 'PATCH') return false;
      request.resume();
      response.writeHead(202, { range: '0-99999999' }).end();
      return true;
    });
    await assert.rejects(scene.store.images.push(scene.reference), {
      code: 'DataLoss',
      message: /claims to have more/,
    });
  });

  it('sends the upload to another host: without the login, and never to plain http elsewhere', async () => {
    await using elsewhere = await startHostileRegistry();
    const login = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
    elsewhere.intercept((request, response) => {
      request.resume().once('end', () => response.writeHead(201).end());
      return true;
    });
    await using moved = await openScene(
      {},
      { credentials: () => Promise.resolve({ username: 'ann', password: 'secret' }) },
    );
    moved.target.registry.intercept((request, response) => {
      if (request.headers.authorization !== login) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' });
      else if (request.method === 'POST')
        response.writeHead(202, { location: `http://${elsewhere.host}/up?signed=a%20b` });
      else return false;
      request.resume();
      response.end();
      return true;
    });
    await push(moved.store, moved.reference);
    assert.deepEqual(
      elsewhere.requests.map(({ method, url, headers }) => [method, url.split('&')[0], headers.authorization]),
      Array.from({ length: 2 }, () => ['PUT', '/up?signed=a%20b', undefined]),
    );
    for (const location of ['http://other.example/up', 'ftp://127.0.0.1/up']) {
      await using scene = await openScene({});
      scene.target.registry.intercept((request, response) => {
        if (request.method !== 'POST') return false;
        request.resume();
        response.writeHead(202, { location }).end();
        return true;
      });
      await assert.rejects(scene.store.images.push(scene.reference), { code: 'DataLoss', message: /redirects to/ });
    }
  });

  it('is left at once when the person gives up', { timeout: 30_000 }, async () => {
    await using scene = await openScene({});
    const controller = new AbortController();
    const asked = Promise.withResolvers<undefined>();
    scene.target.registry.intercept((request) => {
      if (request.method !== 'PUT') return false;
      asked.resolve(undefined);
      return true; // never answered
    });
    const pushing = scene.store.images.push(scene.reference, { signal: controller.signal });
    await asked.promise;
    controller.abort(); // and not when a time-out is over: there is none in time
    await assert.rejects(pushing, { code: 'Cancelled', message: `push ${scene.reference}: cancelled` });
  });

  it('is given pieces when it stops taking what is sent', { timeout: 60_000 }, async () => {
    // Nothing else would notice in time.
    await using scene = await openScene({}, { large: true, limits: { ...LIMITS, commit: 600_000, piece: 4 << 20 } });
    scene.target.registry.intercept(
      (request) => request.method === 'PUT' && isFor(request, /uploads\/1$/) && alone(request),
    );
    await arrives(scene);
    assert.equal(scene.target.bodies[0]?.[0], 'PATCH');
  });
});

/** The body carries the whole blob. */
function alone({ headers }: { readonly headers: { readonly 'content-length'?: string | undefined } }): boolean {
  return Number(headers['content-length']) > 0;
}
