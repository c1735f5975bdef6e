// What happens to images after the pull: names, removal, garbage, damage, crashes, leases, the starter image.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { leftovers, openImageStore } from '../../support/image-store.ts';
import { NOBODY, oneLayerImage, openScene } from '../../support/scene.ts';
import {
  buildIndex,
  buildImage,
  buildLayer,
  layerFromTar,
  tarOf,
  writeLayout,
  type TestImage,
} from '../../support/images.ts';

describe('removing images', () => {
  it('removes the last tag and with it blobs, layers and ref', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    const reference = await scene.pull(image, '1');
    const removed = await scene.store.images.remove(reference, NOBODY);
    assert.deepEqual(removed.untagged, [reference, `${scene.registry.host}/team/app@${image.manifest.digest}`]);
    assert.deepEqual(removed.deleted, [image.config.digest, image.layers[0]!.diffId]);
    assert.deepEqual(await leftovers(scene.store), []);
    assert.deepEqual(scene.store.changes.at(-1), { action: 'delete', id: image.config.digest });
    await assert.rejects(scene.store.images.remove(reference, NOBODY), {
      code: 'NotFound',
      message: `remove image ${reference}: no such image`,
    });
  });

  it('only unnames an image that has another tag, and refuses its ID then', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    const [one, two] = [await scene.pull(image, '1'), await scene.pull(image, '2')];
    const id = image.config.digest.slice(7, 19);
    await assert.rejects(scene.store.images.remove(id, NOBODY), {
      code: 'Conflict',
      message: /several tags: .*:1, .*:2/,
    });
    assert.deepEqual(await scene.store.images.remove(one, NOBODY), {
      untagged: [one, `${scene.registry.host}/team/app@${image.manifest.digest}`],
      deleted: [],
      freed: 0,
    });
    assert.deepEqual((await scene.store.images.list())[0]?.references, [two]);
    const forced = await scene.store.images.remove(id, { ...NOBODY, force: true });
    assert.equal(forced.deleted[0], image.config.digest);
    assert.deepEqual(await leftovers(scene.store), []);
  });

  it('refuses what a container uses; by force only the name goes', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    const reference = await scene.pull(image, '1');
    scene.store.roots.push({
      manifestDigest: image.manifest.digest,
      imageId: image.config.digest,
      name: 'brave_otter',
    });
    const usedBy = (id: string): readonly string[] => (id === image.config.digest ? ['brave_otter'] : []);
    await assert.rejects(scene.store.images.remove(reference, { usedBy }), {
      code: 'Conflict',
      message: `remove image ${reference}: the container brave_otter uses it`,
    });
    const removed = await scene.store.images.remove(reference, { usedBy, force: true });
    assert.deepEqual(removed.deleted, []);
    const [left] = await scene.store.images.list();
    assert.deepEqual([left?.references, left?.containers], [[], 1]);
    const record = await scene.store.images.resolve(image.config.digest);
    assert.equal((await scene.store.images.layers.lowerDirs(record.diffIds)).length, 1);
    scene.store.roots.length = 0;
    await scene.store.images.remove(image.config.digest, NOBODY);
    assert.deepEqual(await leftovers(scene.store), []);
  });

  it('removes each manifest of an image that has several', async () => {
    await using scene = await openScene();
    const tar = await tarOf([{ name: 'a', content: 'a' }]);
    const layers = (['gzip', 'zstd', 'none'] as const).map((compression) => layerFromTar(tar, compression));
    const [one, two, three] = layers.map((layer) => buildImage([layer])) as [TestImage, TestImage, TestImage];
    assert.equal(one.config.digest, two.config.digest);
    const tags = [await scene.pull(one, '1'), await scene.pull(two, '2')];
    scene.registry.serveImage('team/app', '1', three);
    await scene.store.images.pull(tags[0]!);
    const blobs = await scene.store.names('blobs', 'sha256');
    assert.ok(!blobs.includes(one.manifest.digest.slice(7)), 'the manifest that the tag has left');
    assert.equal((await scene.store.images.list()).length, 1);
    for (const tag of tags) await scene.store.images.remove(tag, NOBODY);
    assert.deepEqual(await leftovers(scene.store), []);
  });

  it('keeps the layers that another image shares', async () => {
    await using scene = await openScene();
    const base = await buildLayer([{ name: 'base', content: 'base' }]);
    const [a, b] = [buildImage([base]), buildImage([base, await buildLayer([{ name: 'b', content: 'b' }])])];
    await scene.pull(a, 'a');
    const other = await scene.pull(b, 'b');
    await scene.store.images.remove(`${scene.registry.host}/team/app:a`, NOBODY);
    const record = await scene.store.images.resolve(other);
    assert.equal((await scene.store.images.layers.lowerDirs(record.diffIds)).length, 2);
  });
});

describe('finding images', () => {
  it('takes tag, digest, ID and prefix; lists the candidates of an ambiguous one', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    const reference = await scene.pull(image, '1');
    const digest = `${scene.registry.host}/team/app@${image.manifest.digest}`;
    const id = image.config.digest;
    for (const name of [reference, digest, id, id.slice(7), id.slice(7, 15), `sha256:${id.slice(7, 20)}`]) {
      assert.equal((await scene.store.images.resolve(name)).id, id, name);
    }
    const others = Array.from({ length: 20 }, (_, index) => String(index));
    for (const name of others) await scene.pull(await oneLayerImage(name), `n${name}`);
    const firsts = (await scene.store.images.list()).map((item) => item.id[7]!);
    const ambiguous = firsts.find((digit) => firsts.filter((other) => other === digit).length > 1)!;
    await assert.rejects(scene.store.images.resolve(ambiguous, { verb: 'run' }), {
      code: 'Conflict',
      message: /^run \w: the ID is ambiguous: [a-f0-9]{12} \(127.*\), /,
    });
    await assert.rejects(scene.store.images.resolve('sha256:zz', { verb: 'run' }), { code: 'NotFound' });
    await assert.rejects(scene.store.images.resolve(reference, { platform: 'linux/s390x', verb: 'run' }), {
      code: 'NotFound',
      message: /it is here for linux\/\w+, not for linux\/s390x/,
    });
  });

  it("gives Docker's inspect object", async () => {
    await using scene = await openScene();
    const image = buildImage([await buildLayer([{ name: 'a', content: 'abc' }])], {
      config: { Labels: { x: 'y' }, Volumes: { '/v': {} } },
    });
    const reference = await scene.pull(image, '1');
    const found = await scene.store.images.inspect(reference);
    assert.equal(found['Id'], image.config.digest);
    assert.deepEqual(found['RepoTags'], [reference]);
    assert.deepEqual(found['Config'], {
      Cmd: ['/bin/sh'],
      Env: ['PATH=/bin'],
      Labels: { x: 'y' },
      Volumes: { '/v': {} },
    });
    assert.deepEqual(found['RootFS'], { Type: 'layers', Layers: [image.layers[0]!.diffId] });
    assert.equal(found['Size'], 3);
  });
});

describe('after a crash', () => {
  it('removes what was in progress, shows no half image, and pulls again', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    const { dataDirectory } = scene.store;
    // What kill -9 can leave: pieces in tmp and trash, a layer directory without done.json, blobs nobody names.
    await mkdir(join(dataDirectory, 'tmp/dead.1.layer/fs/locked'), { recursive: true, mode: 0o500 });
    await writeFile(join(dataDirectory, 'tmp/dead.2.blob'), 'half');
    await mkdir(join(dataDirectory, 'trash/dead.3.gone/x'), { recursive: true });
    await mkdir(join(dataDirectory, 'layers', image.layers[0]!.diffId.slice(7), 'fs'), { recursive: true });
    await writeFile(join(dataDirectory, 'blobs/sha256', image.layers[0]!.digest.slice(7)), 'half');
    const images = await scene.store.restart();
    assert.deepEqual(await images.list(), []);
    scene.registry.serveImage('team/app', '1', image);
    await images.pull(`${scene.registry.host}/team/app:1`);
    const record = await images.resolve(`${scene.registry.host}/team/app:1`);
    const [top] = await images.layers.lowerDirs(record.diffIds);
    assert.equal(await readFile(join(top!, 'etc/name'), 'utf8'), 'a');
    await images.close();
    assert.deepEqual([await scene.store.names('tmp'), await scene.store.names('trash')], [[], []]);
  });

  it('makes a layer that was not on the disk before the last boot again, from its blob', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    const reference = await scene.pull(image, '1');
    await scene.store.images.close();
    const layer = join(scene.store.dataDirectory, 'layers', image.layers[0]!.diffId.slice(7));
    const done = JSON.parse(await readFile(join(layer, 'done.json'), 'utf8')) as Record<string, unknown>;
    await writeFile(join(layer, 'done.json'), JSON.stringify({ ...done, durable: false, bootId: 'the boot before' }));
    await truncate(join(layer, 'fs/etc/name'));
    scene.registry.forgetRequests();
    const images = await scene.store.restart();
    const record = await images.resolve(reference);
    await assert.rejects(images.layers.lowerDirs(record.diffIds), {
      code: 'DataLoss',
      message: /is missing or damaged/,
    });
    using lease = await images.lease(record);
    const [top] = await images.layers.lowerDirs(lease.image.diffIds);
    assert.equal(await readFile(join(top!, 'etc/name'), 'utf8'), 'a');
    assert.equal(scene.registry.requests.length, 0);
  });

  it('says what to do when the blob is gone too, and the pull mends it', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    const reference = await scene.pull(image, '1');
    await scene.store.images.close();
    const { dataDirectory } = scene.store;
    await rm(join(dataDirectory, 'layers', image.layers[0]!.diffId.slice(7)), { recursive: true });
    await rm(join(dataDirectory, 'blobs/sha256', image.layers[0]!.digest.slice(7)));
    const images = await scene.store.restart();
    const record = await images.resolve(reference);
    await assert.rejects(images.lease(record), {
      code: 'DataLoss',
      message: new RegExp(`^use image ${reference}: layer sha256:.* is damaged and its blob is gone`),
      hint: `Fetch it again with \`slipway pull ${reference}\`.`,
    });
    assert.equal((await images.pull(reference)).upToDate, false);
    (await images.lease(record))[Symbol.dispose]();
  });

  it('names a damaged image as such, lets it be removed and pulled again', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    const reference = await scene.pull(image, '1');
    await scene.store.images.close();
    const manifest = join(scene.store.dataDirectory, 'blobs/sha256', image.manifest.digest.slice(7));
    await writeFile(manifest, 'x'.repeat(image.manifest.bytes.length));
    const images = await scene.store.restart();
    assert.deepEqual(await images.list(), []);
    await assert.rejects(images.resolve(reference), { code: 'DataLoss', message: /the image is damaged/ });
    assert.ok(scene.store.warnings.some((warning) => warning.includes('is damaged')));
    await images.pull(reference);
    assert.equal((await images.list()).length, 1);
    await images.close();
    await writeFile(manifest, 'x'.repeat(image.manifest.bytes.length));
    const third = await scene.store.restart();
    await third.remove(reference, NOBODY);
    await third.close();
    assert.deepEqual(await leftovers(scene.store), []);
  });

  it('leaves out refs that can not be read', async () => {
    await using scene = await openScene();
    const reference = await scene.pull(await oneLayerImage('a'), '1');
    await scene.store.images.close();
    const refs = join(scene.store.dataDirectory, 'refs');
    const [name] = await scene.store.names('refs');
    await writeFile(join(refs, `${'0'.repeat(64)}.json`), await readFile(join(refs, name!)));
    await writeFile(join(refs, `${'1'.repeat(64)}.json`), '{');
    const images = await scene.store.restart();
    assert.deepEqual(
      (await images.list()).map((image) => image.references),
      [[reference]],
    );
    assert.equal(scene.store.warnings.filter((warning) => warning.includes("can't be read")).length, 2);
  });
});

describe('garbage and leases', () => {
  it('collects what nobody names, not what a lease or a container holds', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    const reference = await scene.pull(image, '1');
    const { images } = scene.store;
    {
      using lease = await images.lease(await images.resolve(reference));
      const removed = await images.remove(reference, NOBODY);
      assert.deepEqual(removed.deleted, [image.config.digest]);
      assert.equal((await images.layers.lowerDirs(lease.image.diffIds)).length, 1);
      scene.store.roots.push({ manifestDigest: image.manifest.digest, imageId: image.config.digest, name: 'c' });
    }
    assert.deepEqual(await images.gc(), { blobs: 0, layers: 0 });
    scene.store.roots.length = 0;
    assert.deepEqual(await images.gc(), { blobs: 3, layers: 1 });
    assert.deepEqual(await leftovers(scene.store), []);
  });

  it("sweeps nothing when a container's manifest can't be read", async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    await scene.pull(image, '1');
    scene.store.roots.push({ manifestDigest: `sha256:${'e'.repeat(64)}`, imageId: 'sha256:x', name: 'c' });
    await assert.rejects(scene.store.images.gc(), { code: 'DataLoss', message: /^clean up: manifest/ });
  });

  it('leaves a pull alone that is going on while another fails', async () => {
    await using scene = await openScene();
    const shared = await buildLayer([{ name: 'shared', content: 'shared' }]);
    const good = buildImage([shared, await buildLayer([{ name: 'good', content: 'g' }])]);
    const bad = buildImage([shared, await buildLayer([{ name: 'bad', content: 'b' }])], {
      alterConfig: (config) => {
        (config['rootfs'] as { diff_ids: string[] }).diff_ids[1] = `sha256:${'1'.repeat(64)}`;
      },
    });
    scene.registry.serveImage('team/app', 'good', good);
    scene.registry.serveImage('team/app', 'bad', bad);
    const [pulled, failed] = await Promise.allSettled(
      ['good', 'bad'].map((tag) => scene.store.images.pull(`${scene.registry.host}/team/app:${tag}`)),
    );
    assert.deepEqual([pulled?.status, failed?.status], ['fulfilled', 'rejected']);
    const record = await scene.store.images.resolve(`${scene.registry.host}/team/app:good`);
    assert.equal((await scene.store.images.layers.lowerDirs(record.diffIds)).length, 2);
    assert.equal((await scene.store.names('layers')).length, 2);
  });
});

describe('an OCI layout', () => {
  it('is imported under a name, once', async () => {
    await using store = await openImageStore();
    const image = await oneLayerImage('starter');
    const other = buildImage([await buildLayer([])], { architecture: 's390x' });
    const directory = await mkdtemp(join(tmpdir(), 'slipway-layout-'));
    try {
      await writeLayout(directory, [other, image]);
      const result = await store.images.importLayout(directory, 'localhost/starter');
      assert.deepEqual(
        [result.reference, result.imageId, result.upToDate],
        ['localhost/starter:latest', image.config.digest, false],
      );
      assert.equal((await store.images.importLayout(directory, 'localhost/starter')).upToDate, true);
      const [summary] = await store.images.list();
      assert.deepEqual([summary?.references, summary?.repoDigests], [['localhost/starter:latest'], []]);
      await writeFile(join(directory, 'blobs/sha256', image.layers[0]!.digest.slice(7)), 'broken');
      await using second = await openImageStore();
      await assert.rejects(second.images.importLayout(directory, 'localhost/starter'), {
        code: 'DataLoss',
        message: /^import localhost\/starter: layer/,
      });
      assert.deepEqual(await leftovers(second), []);
      await assert.rejects(second.images.importLayout('/nowhere', 'x'), { code: 'NotFound' });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('an index', () => {
  it('is kept with its manifest and leaves with it', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    const index = buildIndex([image]);
    scene.registry.serveImage('team/app', 'x', image);
    scene.registry.serveDocument('team/app', 'i', index);
    const reference = `${scene.registry.host}/team/app:i`;
    const result = await scene.store.images.pull(reference);
    assert.equal(result.digest, index.digest);
    assert.equal((await scene.store.names('blobs', 'sha256')).length, 4);
    await scene.store.images.remove(reference, NOBODY);
    assert.deepEqual(await leftovers(scene.store), []);
  });
});

describe('a cancelled pull', () => {
  it('leaves to the next one what is verified', async () => {
    await using scene = await openScene();
    const [done, half] = [
      await buildLayer([{ name: 'a', content: 'a' }]),
      await buildLayer([{ name: 'b', content: 'b' }]),
    ];
    const image = buildImage([done, half]);
    scene.registry.serveImage('team/app', '1', image);
    const reference = `${scene.registry.host}/team/app:1`;
    const controller = new AbortController();
    const path = `/v2/team/app/blobs/${half.digest}`;
    let stalls = true;
    scene.registry.intercept((request, response) => {
      if (!stalls || request.url !== path) return false;
      response.writeHead(200, { 'content-length': half.size }).write(half.blob.subarray(0, 20));
      return true;
    });
    const { promise: verified, resolve } = Promise.withResolvers<undefined>();
    const pulling = scene.store.images.pull(reference, {
      signal: controller.signal,
      onProgress: (event) => {
        if (event.kind === 'layer' && event.status === 'complete') resolve(undefined);
      },
    });
    await verified;
    controller.abort();
    await assert.rejects(pulling, { code: 'Cancelled' });
    stalls = false;
    scene.registry.forgetRequests();
    assert.equal((await scene.store.images.pull(reference)).upToDate, false);
    const asked = scene.registry.requests.filter(({ url }) => url.includes('/blobs/')).map(({ url }) => url);
    assert.deepEqual(asked, [path]);
  });
});
