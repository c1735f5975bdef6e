// Which image of an index is taken, and images that are unusual but right: without layers, with steps that made none.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startHostileRegistry } from '../../support/hostile-registry.ts';
import { openImageStore } from '../../support/image-store.ts';
import { buildImage, buildLayer, document, type TestImage } from '../../support/images.ts';

type Platform = Readonly<Record<string, string>>;

const INDEX = 'application/vnd.oci.image.index.v1+json';

/** One image for each platform, all different, behind one index. */
async function serve(
  platforms: readonly Platform[],
): Promise<AsyncDisposable & { pull(platform: string): Promise<Platform | undefined> }> {
  const registry = await startHostileRegistry();
  const store = await openImageStore();
  const images: TestImage[] = [];
  for (const platform of platforms) {
    const layer = await buildLayer([{ name: 'platform', content: JSON.stringify(platform) }]);
    images.push(buildImage([layer], { alterConfig: (config) => Object.assign(config, platform) }));
  }
  for (const image of images) registry.serveImage('team/multi', image.manifest.digest, image);
  const manifests = images.map(({ manifest }, index) => ({
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes.length,
    platform: platforms[index],
  }));
  registry.serveDocument('team/multi', '1', document({ schemaVersion: 2, mediaType: INDEX, manifests }, INDEX));
  return {
    async pull(platform) {
      const { imageId } = await store.images.pull(`${registry.host}/team/multi:1`, { platform });
      return platforms[images.findIndex(({ config }) => config.digest === imageId)];
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

const linux = (architecture: string, variant?: string): Platform => ({
  os: 'linux',
  architecture,
  ...(variant === undefined ? {} : { variant }),
});

const WINDOWS: Platform = { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763.1' };
const ATTESTATION: Platform = { os: 'unknown', architecture: 'unknown' };

describe('the platform of an image', () => {
  for (const [wanted, offered, taken] of [
    ['linux/arm64/v8', [linux('amd64'), linux('arm64')], 1],
    ['linux/arm64', [linux('amd64'), linux('arm64', 'v8')], 1],
    ['linux/arm64/v9', [linux('arm64'), linux('arm', 'v7')], 0],
    ['linux/arm/v7', [linux('arm', 'v5'), linux('arm', 'v6'), linux('arm64')], 1],
    ['linux/arm/v7', [linux('arm', 'v6'), linux('arm', 'v7')], 1],
    ['linux/arm', [linux('arm', 'v6'), linux('arm', 'v7')], 1],
    ['linux/amd64', [ATTESTATION, linux('amd64', 'v3'), linux('amd64')], 2],
    ['linux/amd64/v2', [linux('amd64'), linux('amd64', 'v3')], 0],
    ['linux/386', [linux('amd64'), linux('386')], 1],
    ['windows/amd64', [linux('amd64'), WINDOWS], 1],
  ] as const) {
    const list = offered
      .map(({ os, architecture, variant }: Platform) => [os, architecture, variant].join('/'))
      .join(' ');
    it(`${wanted} of ${list}`, async () => {
      await using index = await serve(offered);
      assert.deepEqual(await index.pull(wanted), offered[taken]);
    });
  }

  it('is refused where nothing of it fits, without a word about attestations', async () => {
    await using index = await serve([ATTESTATION, linux('arm', 'v7'), linux('arm64')]);
    await assert.rejects(index.pull('linux/arm/v6'), {
      code: 'Unsupported',
      message: /it has nothing for linux\/arm\/v6, only for linux\/arm\/v7, linux\/arm64$/,
    });
  });
});

describe('an image', () => {
  it('has steps that made no layer, and empty layers', async () => {
    await using registry = await startHostileRegistry();
    await using store = await openImageStore();
    const [empty, full] = [await buildLayer([]), await buildLayer([{ name: 'a', content: 'abc' }])];
    const history = [
      { created_by: 'ADD nothing' },
      { created_by: 'ENV A=1', empty_layer: true },
      { created_by: 'COPY a' },
      { created_by: 'CMD a', empty_layer: true },
    ];
    registry.serveImage(
      'team/steps',
      '1',
      buildImage([empty, full], { alterConfig: (config) => Object.assign(config, { history }) }),
    );
    const reference = `${registry.host}/team/steps:1`;
    await store.images.pull(reference);
    const steps = await store.images.history(reference);
    assert.deepEqual(
      steps.map(({ createdBy, size }) => [createdBy, size]),
      [
        ['CMD a', 0],
        ['COPY a', 3],
        ['ENV A=1', 0],
        ['ADD nothing', 0],
      ],
    );
  });

  it('may have no layers at all', async () => {
    await using registry = await startHostileRegistry();
    await using store = await openImageStore();
    const image = buildImage([]);
    registry.serveImage('team/none', '1', image);
    const reference = `${registry.host}/team/none:1`;
    assert.equal((await store.images.pull(reference)).imageId, image.config.digest);
    assert.deepEqual((await store.images.resolve(reference)).diffIds, []);
    assert.equal((await store.images.pull(reference)).upToDate, true);
    await store.images.remove(reference, { usedBy: () => [] });
    assert.deepEqual(await store.names('blobs', 'sha256'), []);
  });
});
