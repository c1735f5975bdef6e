// What images take, pruning, and the check of the store against a disk that has changed under it.

import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { CheckOptions } from '../../../runtime-server/src/images/check.ts';
import type { PruneOptions } from '../../../runtime-server/src/images/prune.ts';
import { HAS_LAYER_TOOL, leftovers } from '../../support/image-store.ts';
import { buildImage, buildLayer } from '../../support/images.ts';
import { NOBODY, oneLayerImage, openScene, type Scene } from '../../support/scene.ts';

const DANGLING: PruneOptions = { all: false, ...NOBODY };
const LOOK: CheckOptions = { repair: false, liveOn: () => [] };
const REPAIR: CheckOptions = { ...LOOK, repair: true };
const withoutTool = HAS_LAYER_TOOL ? false : 'slipway-layer is not built';

describe('prune', () => {
  it('removes what has no tag, and with `all` what no container has', async () => {
    await using scene = await openScene();
    const { images } = scene.store;
    const [old, next] = [await oneLayerImage('old'), await oneLayerImage('next')];
    await scene.pull(old, '1');
    const tag = await scene.pull(next, '1'); // the old one loses its tag
    const first = await images.prune(DANGLING);
    assert.deepEqual(first.deleted, [old.config.digest, old.layers[0]!.diffId]);
    assert.deepEqual(first.untagged, [`${scene.registry.host}/team/app@${old.manifest.digest}`]);
    const users = (id: string): string[] => (id === next.config.digest ? ['c1'] : []);
    assert.deepEqual((await images.prune({ all: true, usedBy: users })).deleted, []);
    assert.equal((await images.resolve(tag)).id, next.config.digest);
    assert.deepEqual((await images.prune({ ...DANGLING, all: true })).deleted, [
      next.config.digest,
      next.layers[0]!.diffId,
    ]);
    assert.deepEqual(await leftovers(scene.store), []);
  });

  it('takes an image with several tags whole', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    await scene.pull(image, '1');
    await scene.pull(image, '2');
    const { untagged } = await scene.store.images.prune({ ...DANGLING, all: true });
    assert.equal(untagged.length, 3);
    assert.deepEqual(await scene.store.images.list(), []);
  });

  it('keeps what the filters don’t fit', async () => {
    await using scene = await openScene();
    const layers = [await buildLayer([{ name: 'a', content: 'a' }])];
    const created = '2024-05-01T00:00:00Z';
    const alterConfig = (config: Record<string, unknown>): void => {
      config['created'] = created;
    };
    await scene.pull(buildImage(layers, { alterConfig, config: { Labels: { team: 'blue', keep: '' } } }), '1');
    const { images } = scene.store;
    const prune = async (filter: Partial<PruneOptions>): Promise<number> =>
      (await images.prune({ ...DANGLING, all: true, ...filter })).deleted.length;
    assert.equal(await prune({ until: '2024-04-30T00:00:00Z' }), 0);
    assert.equal(await prune({ labels: ['team=red'] }), 0);
    assert.equal(await prune({ labels: ['team', 'other'] }), 0);
    assert.equal(await prune({ withoutLabels: ['keep'] }), 0);
    assert.equal(await prune({ until: '2024-05-02T00:00:00Z', labels: ['team=blue', 'keep'] }), 2);
  });

  it('frees what it says, also what nobody has listed', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    await scene.pull(image, '1');
    const { store } = scene;
    const hex = 'd'.repeat(64);
    await writeFile(join(store.dataDirectory, 'blobs/sha256', hex), 'x'.repeat(1000));
    await mkdir(join(store.dataDirectory, 'layers', hex, 'fs'), { recursive: true });
    const blobs = image.manifest.bytes.length + image.config.bytes.length + image.layers[0]!.size;
    const { freed } = await store.images.prune({ ...DANGLING, all: true });
    assert.equal(freed, blobs + 'a'.length + 1000);
    assert.deepEqual(await leftovers(store), []);
    assert.deepEqual(await readdir(join(store.dataDirectory, 'trash')), []);
  });
});

describe('usage', () => {
  it('counts shared layers once, and what no container needs as reclaimable', async () => {
    await using scene = await openScene();
    const base = await buildLayer([{ name: 'base', content: 'b'.repeat(1000) }]);
    const top = await buildLayer([{ name: 'top', content: 't'.repeat(10) }]);
    const [small, large] = [buildImage([base]), buildImage([base, top])];
    await scene.pull(small, 'small');
    await scene.pull(large, 'large');
    const { store } = scene;
    store.roots.push({ manifestDigest: small.manifest.digest, imageId: small.config.digest, name: 'c' });
    const { images, layers, blobs } = await store.images.usage();
    const sizes = images.map(({ references, size, sharedSize, containers }) => [
      references[0]?.split(':').at(-1),
      size,
      sharedSize,
      containers,
    ]);
    assert.deepEqual(sizes.sort(), [
      ['large', 1010, 1000, 0],
      ['small', 1000, 1000, 1],
    ]);
    assert.deepEqual(layers, { size: 1010, reclaimable: 10 });
    const documents = [small.manifest, large.manifest, small.config, large.config];
    const total = documents.reduce((sum, { bytes }) => sum + bytes.length, base.size + top.size);
    assert.deepEqual(blobs, { count: 6, size: total, unused: 0, unusedSize: 0 });
  });
});

describe('check', { skip: withoutTool }, () => {
  const layerPath = (scene: Scene, diffId: string, ...path: string[]): string =>
    join(scene.store.dataDirectory, 'layers', diffId.slice(7), 'fs', ...path);
  const blobPath = (scene: Scene, digest: string): string =>
    join(scene.store.dataDirectory, 'blobs/sha256', digest.slice(7));

  it('finds nothing wrong in a store that nobody touched', async () => {
    await using scene = await openScene();
    await scene.pull(await oneLayerImage('a'), '1');
    assert.deepEqual(await scene.store.images.check(LOOK), {
      images: 1,
      blobs: 3,
      layers: 1,
      problems: [],
      unused: { blobs: 0, layers: 0 },
    });
  });

  const alterations: readonly (readonly [string, (path: (...parts: string[]) => string) => Promise<void>])[] = [
    ['etc/name (size)', (path) => appendFile(path('etc/name'), 'more')],
    ['etc/name (missing)', (path) => unlink(path('etc/name'))],
    ['etc/new (added)', (path) => writeFile(path('etc/new'), '')],
    ['etc (missing)', (path) => rm(path('etc'), { recursive: true })],
  ];
  for (const [difference, alter] of alterations) {
    it(`tells ${difference}, and unpacks the layer again`, async () => {
      await using scene = await openScene();
      const image = await oneLayerImage('a');
      const name = await scene.pull(image, '1');
      const { images } = scene.store;
      const { diffId } = image.layers[0]!;
      await alter((...parts) => layerPath(scene, diffId, ...parts));
      const problem = {
        kind: 'layer',
        digest: diffId,
        images: [name],
        problem: `was altered after it was unpacked: ${difference}`,
      };
      const fix = 'slipway system check --repair';
      assert.deepEqual((await images.check(LOOK)).problems, [{ ...problem, repaired: false, fix }]);
      assert.deepEqual((await images.check(REPAIR)).problems, [{ ...problem, repaired: true }]);
      assert.deepEqual((await images.check(LOOK)).problems, []);
    });
  }

  it('leaves the layers of a running container as they are', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    await scene.pull(image, '1');
    await unlink(layerPath(scene, image.layers[0]!.diffId, 'etc/name'));
    const { images } = scene.store;
    const { problems } = await images.check({ ...REPAIR, liveOn: () => ['web'] });
    assert.equal(problems[0]?.fix, 'slipway stop web; slipway system check --repair');
    assert.equal((await images.check(LOOK)).problems.length, 1);
  });

  it('unpacks a layer again that is not there', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    await scene.pull(image, '1');
    await scene.store.images.close();
    await rm(layerPath(scene, image.layers[0]!.diffId, '..'), { recursive: true });
    const images = await scene.store.restart();
    assert.equal((await images.check(LOOK)).problems[0]?.problem, 'is not unpacked, or only half');
    assert.equal((await images.check(REPAIR)).problems[0]?.repaired, true);
    assert.deepEqual((await images.check(LOOK)).problems, []);
  });

  it('says which pull brings a damaged or missing blob again, and that pull does', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    const name = await scene.pull(image, '1');
    const { images } = scene.store;
    const [{ digest, size }] = image.layers as [(typeof image.layers)[0]];
    for (const harm of [
      () => writeFile(blobPath(scene, digest), Buffer.alloc(size)),
      () => unlink(blobPath(scene, digest)),
    ]) {
      await harm();
      const { problems } = await images.check(REPAIR);
      assert.deepEqual(
        problems.map(({ kind, fix }) => [kind, fix]),
        [['blob', `slipway pull ${name}`]],
      );
      assert.equal((await images.pull(name)).upToDate, false);
      assert.deepEqual((await images.check(LOOK)).problems, []);
      assert.equal((await images.pull(name)).upToDate, true);
    }
  });

  it('leaves a damaged blob alone until it is told to repair', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    await scene.pull(image, '1');
    await writeFile(blobPath(scene, image.layers[0]!.digest), 'x');
    const { images } = scene.store;
    const expected = [['does not match its digest', 'slipway system check --repair']];
    const found = async (): Promise<unknown> =>
      (await images.check(LOOK)).problems.map(({ problem, fix }) => [problem, fix]);
    assert.deepEqual(await found(), expected);
    assert.deepEqual(await found(), expected);
  });

  it('names an image whose config is gone, and what nobody needs', async () => {
    await using scene = await openScene();
    const image = await oneLayerImage('a');
    const name = await scene.pull(image, '1');
    await scene.store.images.close();
    await unlink(blobPath(scene, image.config.digest));
    const images = await scene.store.restart();
    const { problems, unused } = await images.check(LOOK);
    assert.deepEqual(problems, [
      {
        kind: 'image',
        digest: image.manifest.digest,
        images: [name],
        problem: 'has no readable manifest or config',
        repaired: false,
        fix: `slipway pull ${name}`,
      },
    ]);
    assert.deepEqual(unused, { blobs: 1, layers: 1 });
    await images.pull(name);
    assert.deepEqual((await images.check(LOOK)).problems, []);
  });

  it('compares a layer that depends on its parents with them', async () => {
    await using scene = await openScene();
    const base = await buildLayer([
      { name: 'd/', mode: 0o700 },
      { name: 'd/below', content: 'below' },
    ]);
    const top = await buildLayer([
      { name: 'd/new', content: 'new' },
      { name: 'copy', link: { kind: 'link', target: 'd/below' } },
    ]);
    await scene.pull(buildImage([base, top]), '1');
    assert.deepEqual((await scene.store.images.check(LOOK)).problems, []);
  });
});
