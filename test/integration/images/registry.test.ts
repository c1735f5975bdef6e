// Pulling from Debian's docker-registry: what real registries do, with real images.

import assert from 'node:assert/strict';
import { lstat, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { PullProgress } from '../../../runtime-server/protocol/progress.ts';
import { openImageStore, HAS_LAYER_TOOL, type ImageStore } from '../../support/image-store.ts';
import { buildImage, buildLayer, busyboxLayer, pushImage, pushIndex, type TestImage } from '../../support/images.ts';
import { startRegistry, withoutRegistry, type TestRegistry } from '../../support/registry.ts';

describe('images from a registry', { skip: withoutRegistry() }, () => {
  let registry: TestRegistry;
  let layered: TestImage;
  before(async () => {
    registry = await startRegistry();
    const upper = await buildLayer(
      [
        { name: 'etc/' },
        { name: 'etc/hello', content: 'hello\n' },
        { name: 'etc/.wh.group' },
        { name: 'opaque/' },
        { name: 'opaque/.wh..wh..opq' },
        { name: 'opaque/new', content: 'new' },
      ],
      'zstd',
    );
    const lower = await buildLayer([{ name: 'opaque/' }, { name: 'opaque/old', content: 'old' }], 'none');
    layered = buildImage([await busyboxLayer(), lower, upper], {
      config: { Entrypoint: ['/bin/sh'], Cmd: ['-c', 'ls'], User: '1:2', WorkingDir: '/etc', Labels: { a: 'b' } },
    });
    await pushImage(registry.host, 'team/layered', '1', layered);
  });
  after(() => registry.stop());

  it('pulls layers of every compression and keeps blobs, layers and a ref', async () => {
    await using store = await openImageStore();
    const events: PullProgress[] = [];
    const result = await store.images.pull(`${registry.host}/team/layered:1`, {
      onProgress: (event) => events.push(event),
    });
    assert.equal(result.reference, `${registry.host}/team/layered:1`);
    assert.equal(result.digest, layered.manifest.digest);
    assert.equal(result.imageId, layered.config.digest);
    assert.equal(result.upToDate, false);
    const digests = [layered.manifest, layered.config, ...layered.layers].map((item) => item.digest.slice(7)).sort();
    assert.deepEqual(await store.names('blobs', 'sha256'), digests);
    assert.equal((await store.names('refs')).length, 1);
    await store.images.close();
    assert.deepEqual(await store.names('tmp'), []);
    const kinds = events.map((event) => event.kind);
    assert.deepEqual([kinds[0], kinds[1], kinds.at(-1)], ['resolving', 'manifest', 'done']);
    const complete = events.filter((event) => event.kind === 'layer' && event.status === 'complete');
    assert.equal(complete.length, 3);
  });

  it('gives the layers top first, whiteouts in overlay form', async () => {
    await using store = await openImageStore();
    await store.images.pull(`${registry.host}/team/layered:1`);
    const image = await store.images.resolve(`${registry.host}/team/layered:1`);
    const directories = await store.images.layers.lowerDirs(image.diffIds);
    assert.deepEqual(
      directories,
      [...layered.layers].reverse().map((layer) => join(store.dataDirectory, 'layers', layer.diffId.slice(7), 'fs')),
    );
    assert.equal(await readFile(join(directories[0]!, 'etc/hello'), 'utf8'), 'hello\n');
    const whiteout = await lstat(join(directories[0]!, 'etc/group'));
    assert.ok(whiteout.isCharacterDevice() && whiteout.rdev === 0);
    if (HAS_LAYER_TOOL) assert.deepEqual(await readdir(join(directories[0]!, 'opaque')), ['new']);
    assert.equal((await lstat(join(directories[2]!, 'tmp'))).mode & 0o7777, 0o1777);
    await store.images.close();
    const done = JSON.parse(await readFile(join(directories[0]!, '../done.json'), 'utf8')) as Record<string, unknown>;
    assert.equal(done['durable'], true);
  });

  it('knows an image that is up to date, also after a restart, with one request', async () => {
    await using store = await openImageStore();
    const reference = `${registry.host}/team/layered:1`;
    await store.images.pull(reference);
    assert.equal((await store.images.pull(reference)).upToDate, true);
    const second = await store.restart();
    assert.equal((await second.pull(reference)).upToDate, true);
    const [image] = await second.list();
    assert.deepEqual(image?.references, [reference]);
    assert.deepEqual(image.repoDigests, [`${registry.host}/team/layered@${layered.manifest.digest}`]);
    assert.ok(image.size > 1_000_000);
  });

  it('pulls by digest without a tag, and needs no network for it afterwards', async () => {
    await using store = await openImageStore();
    const reference = `${registry.host}/team/layered@${layered.manifest.digest}`;
    const result = await store.images.pull(reference);
    assert.equal(result.reference, reference);
    assert.deepEqual((await store.images.list())[0]?.references, []);
    assert.equal((await store.images.pull(reference)).upToDate, true);
    assert.equal((await store.images.resolve(reference)).id, layered.config.digest);
  });

  it("takes the host's platform out of an index, or the one asked for", async () => {
    const arm = buildImage([await buildLayer([{ name: 'arm', content: 'arm' }])], {
      architecture: 'arm',
      variant: 'v7',
    });
    const host = buildImage([await buildLayer([{ name: 'host', content: 'host' }])], { flavor: 'docker' });
    const index = await pushIndex(registry.host, 'team/multi', 'latest', [arm, host], 'docker');
    await using store = await openImageStore();
    const result = await store.images.pull(`${registry.host}/team/multi`);
    assert.equal(result.digest, index.digest);
    assert.equal(result.imageId, host.config.digest);
    const other = await store.images.pull(`${registry.host}/team/multi`, { platform: 'linux/arm/v7' });
    assert.equal(other.imageId, arm.config.digest);
    assert.equal((await store.images.list()).length, 2, 'the image that lost the tag stays');
    await assert.rejects(store.images.pull(`${registry.host}/team/multi`, { platform: 'linux/s390x' }), {
      code: 'Unsupported',
      message: /nothing for linux\/s390x, only for linux\/arm\/v7, linux\//,
    });
  });

  it('keeps the image that a tag has left, as Docker does', async () => {
    const one = buildImage([await buildLayer([{ name: 'one', content: '1' }])]);
    const two = buildImage([await buildLayer([{ name: 'two', content: '2' }])]);
    await using store = await openImageStore();
    await pushImage(registry.host, 'team/moving', 'latest', one);
    await store.images.pull(`${registry.host}/team/moving`);
    await pushImage(registry.host, 'team/moving', 'latest', two);
    const result = await store.images.pull(`${registry.host}/team/moving`);
    assert.deepEqual([result.imageId, result.upToDate], [two.config.digest, false]);
    const images = await store.images.list();
    assert.deepEqual(
      images.map((image) => [image.id, image.references.length]).sort(),
      [[one.config.digest, 0] as const, [two.config.digest, 1] as const].sort(),
    );
    const dangling = images.find((image) => image.id === one.config.digest);
    assert.deepEqual(dangling?.repoDigests, [`${registry.host}/team/moving@${one.manifest.digest}`]);
    assert.deepEqual(
      store.changes.map((change) => change.action),
      ['pull', 'pull', 'untag'],
    );
  });

  it('copes with the same layer twice and with an empty one', async () => {
    const layer = await buildLayer([{ name: 'same', content: 'same' }]);
    const empty = await buildLayer([]);
    await pushImage(registry.host, 'team/twice', '1', buildImage([layer, empty, layer]));
    await using store = await openImageStore();
    await store.images.pull(`${registry.host}/team/twice:1`);
    const image = await store.images.resolve(`${registry.host}/team/twice:1`);
    assert.equal(image.diffIds.length, 3);
    assert.equal((await store.images.layers.lowerDirs(image.diffIds)).length, 2);
  });

  it('shares layers between images pulled at the same time, and one pull between callers', async () => {
    const shared = await buildLayer([{ name: 'shared', content: Buffer.alloc(300_000, 'x') }]);
    const names = ['a', 'b', 'c'];
    const images = await Promise.all(
      names.map(async (name) => buildImage([shared, await buildLayer([{ name, content: name }])])),
    );
    for (const [index, name] of names.entries()) await pushImage(registry.host, 'team/shared', name, images[index]!);
    await using store = await openImageStore();
    const late: PullProgress[] = [];
    await Promise.all([
      ...names.map((name) => store.images.pull(`${registry.host}/team/shared:${name}`)),
      store.images.pull(`${registry.host}/team/shared:a`, { onProgress: (event) => late.push(event) }),
    ]);
    assert.equal((await store.images.list()).length, 3);
    assert.equal((await store.names('layers')).length, 4);
    assert.equal(late[0]?.kind, 'resolving');
    assert.equal(late.at(-1)?.kind, 'done');
  });

  it('says that an image is unknown', async () => {
    await using store = await openImageStore();
    await assert.rejects(store.images.pull(`${registry.host}/team/nothing:1`), {
      code: 'NotFound',
      message: `pull ${registry.host}/team/nothing:1: not found in ${registry.host}/team/nothing`,
      hint: 'Check the name and the tag.',
    });
  });

  it('copies a hard link whose target is in a layer below, apart from the layer over other parents', async () => {
    const upper = await buildLayer([{ name: 'copy', link: { kind: 'link', target: 'original' } }]);
    const bases = await Promise.all(['one', 'two'].map((content) => buildLayer([{ name: 'original', content }])));
    await using store = await openImageStore();
    for (const [index, base] of bases.entries()) {
      await pushImage(registry.host, 'team/links', `${index}`, buildImage([base, upper]));
      await store.images.pull(`${registry.host}/team/links:${index}`);
      const image = await store.images.resolve(`${registry.host}/team/links:${index}`);
      const [top] = await store.images.layers.lowerDirs(image.diffIds);
      assert.equal(await readFile(join(top!, 'copy'), 'utf8'), index === 0 ? 'one' : 'two');
    }
  });

  it('takes the attributes of directories that a layer only passes through from the layers below', async () => {
    const base = await buildLayer([{ name: 'tmp/', mode: 0o1777, uid: 5, gid: 6 }]);
    const upper = await buildLayer([{ name: 'tmp/inside/file', content: 'x' }]);
    await pushImage(registry.host, 'team/implied', '1', buildImage([base, upper]));
    await using store = await openImageStore();
    await store.images.pull(`${registry.host}/team/implied:1`);
    const image = await store.images.resolve(`${registry.host}/team/implied:1`);
    const [top] = await store.images.layers.lowerDirs(image.diffIds);
    const found = await lstat(join(top!, 'tmp'));
    assert.deepEqual([found.mode & 0o7777, found.uid, found.gid], [0o1777, 5, 6]);
    assert.equal((await lstat(join(top!, 'tmp/inside'))).mode & 0o7777, 0o755);
  });

  it('uses a mirror for docker.io and falls through to the next', async () => {
    await pushImage(registry.host, 'library/mirrored', 'latest', layered);
    await using store = await openImageStore();
    await store.configure({ 'registry-mirrors': ['http://127.0.0.1:1', `http://${registry.host}`] });
    const result = await store.images.pull('mirrored');
    assert.equal(result.reference, 'docker.io/library/mirrored:latest');
    assert.equal((await store.images.resolve('mirrored')).reference, 'mirrored');
  });

  it('re-reads the settings when they change', async () => {
    await using store: ImageStore = await openImageStore();
    await store.configure({ 'registry-mirrors': [7] });
    await assert.rejects(store.images.pull('mirrored'), {
      code: 'InvalidArgument',
      message: /daemon\.json: \$\["registry-mirrors"\]\[0\]: expected a string/,
    });
    await store.configure({ 'registry-mirrors': [`http://${registry.host}`] });
    assert.equal((await store.images.pull('mirrored')).upToDate, false);
  });
});
