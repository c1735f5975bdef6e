// save, load and import over a real store: what comes back is what went in, whatever form the archive has.

import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { EngineError } from '../../../runtime-server/src/base/errors.ts';
import type { LoadedName } from '../../../runtime-server/protocol/methods.ts';
import { archiveOfEntries, layoutEntries, oldDockerEntries, piecesOf } from '../../support/archives.ts';
import { leftovers, openImageStore, type ImageStore } from '../../support/image-store.ts';
import { buildImage, buildIndex, buildLayer, sha256, tarOf, type TestImage } from '../../support/images.ts';

const { signal } = new AbortController();

async function load(store: ImageStore, archive: Buffer, platform?: string): Promise<readonly LoadedName[]> {
  return (await store.images.archives.load({ from: piecesOf(archive) }, { platform, signal })).images;
}

async function save(store: ImageStore, ...words: string[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const to = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of bytes) chunks.push(chunk);
  };
  await store.images.archives.save(words, { to, signal });
  return Buffer.concat(chunks);
}

const layerNamed = (name: string, kind: 'gzip' | 'zstd' | 'none' = 'none') =>
  buildLayer([{ name, content: `${name} `.repeat(5000) }], kind);

/** Two images with one layer in common. */
async function twoImages(kind: 'gzip' | 'zstd' | 'none' = 'none'): Promise<readonly [TestImage, TestImage]> {
  const [base, one, two] = [
    await layerNamed('base', kind),
    await layerNamed('one', kind),
    await layerNamed('two', kind),
  ];
  return [buildImage([base, one]), buildImage([base, two])];
}

async function fileOf(store: ImageStore, image: TestImage, name: string): Promise<string> {
  const directories = await store.images.layers.lowerDirs(image.layers.map((layer) => layer.diffId));
  return readFile(join(directories[0] ?? '', name), 'utf8');
}

const docker = (tags: readonly string[], image: TestImage): Promise<Buffer> =>
  archiveOfEntries(oldDockerEntries([[image, tags]]));

describe('load', () => {
  it('takes docker 20.10’s archive: layers as links, the manifest last, several images', async () => {
    await using store = await openImageStore();
    const [one, two] = await twoImages();
    const archive = await archiveOfEntries(
      oldDockerEntries([
        [one, ['one:1', 'team/one:2']],
        [two, ['two:1']],
      ]),
    );
    assert.deepEqual(await load(store, archive), [
      { imageId: one.config.digest, reference: 'docker.io/library/one:1' },
      { imageId: one.config.digest, reference: 'docker.io/team/one:2' },
      { imageId: two.config.digest, reference: 'docker.io/library/two:1' },
    ]);
    assert.match(await fileOf(store, two, 'two'), /^two two/);
    // The sync in the background has files of its own there.
    assert.deepEqual(
      (await store.names('tmp')).filter((name) => !name.endsWith('.done')),
      [],
    );
    assert.equal((await store.names('layers')).length, 3);
  });

  it('takes an OCI layout with either annotation, and keeps manifests as they are', async () => {
    await using store = await openImageStore();
    const [one, two] = await twoImages('gzip');
    const archive = await archiveOfEntries(
      layoutEntries(
        [one, two],
        [
          { 'io.containerd.image.name': 'docker.io/library/one:1', 'org.opencontainers.image.ref.name': '1' },
          { 'org.opencontainers.image.ref.name': 'localhost/two' },
        ],
      ),
    );
    assert.deepEqual(
      (await load(store, archive)).map(({ reference }) => reference),
      ['docker.io/library/one:1', 'localhost/two:latest'],
    );
    assert.ok((await store.names('blobs', 'sha256')).includes(one.manifest.digest.slice(7)));
  });

  it('takes the archive compressed as a whole, and layers compressed each', async () => {
    for (const kind of ['none', 'gzip', 'zstd'] as const) {
      const [image] = await twoImages(kind);
      const plain = await docker(['a:1'], image);
      const members = Buffer.concat([gzipSync(plain.subarray(0, 1000)), gzipSync(plain.subarray(1000))]);
      for (const archive of [plain, gzipSync(plain), zstdCompressSync(plain), members]) {
        await using store = await openImageStore();
        assert.equal((await load(store, archive))[0]?.imageId, image.config.digest);
        for (const { digest } of image.layers)
          assert.ok((await store.names('blobs', 'sha256')).includes(digest.slice(7)), 'the layer’s own bytes are kept');
      }
    }
  });

  it('an image without a name is known by its ID, and listed without a tag', async () => {
    await using store = await openImageStore();
    const [image] = await twoImages();
    assert.deepEqual(await load(store, await docker([], image)), [{ imageId: image.config.digest }]);
    const [listed] = await store.images.list();
    assert.deepEqual([listed?.id, listed?.references, listed?.repoDigests], [image.config.digest, [], []]);
    await store.images.remove(image.config.digest, { usedBy: () => [] });
    assert.deepEqual(await leftovers(store), []);
  });

  it('a name moves from the image that had it, which stays', async () => {
    await using store = await openImageStore();
    const [one, two] = await twoImages();
    await load(store, await docker(['a:1'], one));
    const again = await load(store, await docker(['a:1'], two));
    assert.deepEqual(again, [
      { imageId: two.config.digest, reference: 'docker.io/library/a:1', renamed: one.config.digest },
    ]);
    assert.deepEqual((await store.images.list()).map(({ references }) => references).sort(), [
      [],
      ['docker.io/library/a:1'],
    ]);
    assert.equal((await store.images.resolve('a:1')).id, two.config.digest);
  });

  it('an image for another machine is kept; of several the wanted one is', async () => {
    await using store = await openImageStore();
    const arm = buildImage([await layerNamed('arm')], { architecture: 'riscv64' });
    await load(store, await docker(['riscv:1'], arm));
    assert.equal((await store.images.list())[0]?.architecture, 'riscv64');
    const host = buildImage([await layerNamed('host')]);
    const index = buildIndex([host, arm]);
    const top = JSON.stringify({
      schemaVersion: 2,
      manifests: [
        {
          mediaType: index.mediaType,
          digest: index.digest,
          size: index.bytes.length,
          annotations: { 'org.opencontainers.image.ref.name': 'many:1' },
        },
      ],
    });
    const entries = [
      ...layoutEntries([host, arm]).filter(({ name }) => name !== 'index.json'),
      { name: `blobs/sha256/${index.digest.slice(7)}`, content: index.bytes },
      { name: 'index.json', content: top },
    ];
    assert.equal((await load(store, await archiveOfEntries(entries)))[0]?.imageId, host.config.digest);
    assert.equal((await load(store, await archiveOfEntries(entries), 'linux/riscv64'))[0]?.imageId, arm.config.digest);
  });

  it('tells of bytes of the archive, and of each layer', async () => {
    await using store = await openImageStore();
    const [image] = await twoImages('gzip');
    const told: string[] = [];
    await store.images.archives.load(
      { from: piecesOf(await docker(['a:1'], image)), onBytes: (bytes) => told.push(bytes > 0 ? 'bytes' : 'none') },
      { onProgress: (event) => told.push(event.kind === 'layer' ? event.status : event.kind), signal },
    );
    assert.deepEqual(told.slice(0, 2), ['bytes', 'manifest']);
    assert.deepEqual(told.filter((word) => word === 'complete').length, image.layers.length);
    assert.ok(told.includes('extracting'), told.join(' '));
  });
});

describe('save', () => {
  it('writes what load takes, with each blob once, and the same again', async () => {
    await using store = await openImageStore();
    const [one, two] = await twoImages('gzip');
    await load(
      store,
      await archiveOfEntries(
        layoutEntries(
          [one, two],
          [{ 'org.opencontainers.image.ref.name': 'one:1' }, { 'org.opencontainers.image.ref.name': 'two:1' }],
        ),
      ),
    );
    await store.images.tag('one:1', 'team/other:2');
    const archive = await save(store, 'one:1', 'two:1', one.config.digest);
    assert.deepEqual(await save(store, 'one:1', 'two:1', one.config.digest), archive);
    assert.equal(archive.toString('latin1').split(`blobs/sha256/${one.layers[0]?.digest.slice(7)}\0`).length, 2);

    await using other = await openImageStore();
    const loaded = await load(other, archive);
    assert.deepEqual(
      loaded.map(({ reference }) => reference),
      ['docker.io/library/one:1', 'docker.io/library/two:1'],
    );
    for (const image of [one, two]) {
      const blobs = await other.names('blobs', 'sha256');
      for (const { digest } of [image.manifest, image.config, ...image.layers])
        assert.ok(blobs.includes(digest.slice(7)));
    }
    assert.match(await fileOf(other, two, 'two'), /^two/);
  });

  it('a repository alone means all of its tags, an ID none', async () => {
    await using store = await openImageStore();
    const [one, two] = await twoImages();
    await load(
      store,
      await archiveOfEntries(
        oldDockerEntries([
          [one, ['a:1', 'b:1']],
          [two, ['a:2']],
        ]),
      ),
    );
    await using other = await openImageStore();
    assert.deepEqual((await load(other, await save(store, 'a'))).map(({ reference }) => reference).sort(), [
      'docker.io/library/a:1',
      'docker.io/library/a:2',
    ]);
    await using third = await openImageStore();
    assert.deepEqual(await load(third, await save(store, one.config.digest)), [{ imageId: one.config.digest }]);
  });

  it('says which pull brings a missing layer back, before it writes anything', async () => {
    await using store = await openImageStore();
    const [one] = await twoImages();
    await load(store, await docker(['a:1'], one));
    await rm(join(store.dataDirectory, 'blobs/sha256', one.layers[1]?.digest.slice(7) ?? ''));
    let written = false;
    const to = (): Promise<void> => {
      written = true;
      return Promise.resolve();
    };
    await assert.rejects(store.images.archives.save(['a:1'], { to, signal }), (error: EngineError) => {
      assert.equal(error.code, 'DataLoss');
      assert.match(error.message, new RegExp(`save a:1: layer ${one.layers[1]?.digest} is missing`));
      assert.match(error.hint ?? '', /slipway pull a:1/);
      return true;
    });
    assert.equal(written, false);
    await assert.rejects(store.images.archives.save(['nothing'], { to, signal }), { code: 'NotFound' });
  });

  it('notices a damaged blob on the way', async () => {
    await using store = await openImageStore();
    const [one] = await twoImages();
    await load(store, await docker(['a:1'], one));
    const layer = one.layers[1];
    await writeFile(
      join(store.dataDirectory, 'blobs/sha256', layer?.digest.slice(7) ?? ''),
      Buffer.alloc(layer?.size ?? 0),
    );
    await assert.rejects(save(store, 'a:1'), {
      code: 'DataLoss',
      message: /save a:1: blob sha256:.* is missing or damaged/,
    });
  });
});

describe('import', () => {
  const importing = (store: ImageStore, archive: Buffer, more: object = {}): Promise<LoadedName> =>
    store.images.archives.import({ from: piecesOf(archive) }, { signal, ...more });

  it('makes an image of one layer with the changes, from any compression', async () => {
    const tar = await tarOf([{ name: 'etc/' }, { name: 'etc/motd', content: 'hello' }]);
    for (const archive of [tar, gzipSync(tar), zstdCompressSync(tar)]) {
      await using store = await openImageStore();
      const changes = ['CMD ["sh"]', 'ENV A=1'];
      const { imageId, reference } = await importing(store, archive, {
        reference: 'my/root',
        changes,
        message: 'mine',
      });
      assert.equal(reference, 'docker.io/my/root:latest');
      const { Config, RootFS, Id } = await store.images.inspect('my/root');
      assert.deepEqual([Id, Config], [imageId, { Cmd: ['sh'], Env: ['A=1'] }]);
      assert.deepEqual(RootFS, { Type: 'layers', Layers: [sha256(tar)] });
      assert.equal((await store.images.history('my/root'))[0]?.comment, 'mine');
      const [directory = ''] = await store.images.layers.lowerDirs([sha256(tar)]);
      assert.equal(await readFile(join(directory, 'etc/motd'), 'utf8'), 'hello');
    }
  });

  it('refuses what it can’t keep, and leaves nothing', async () => {
    const tar = await tarOf([{ name: 'file', content: 'x' }]);
    const cases: readonly (readonly [string, Buffer, object, RegExp])[] = [
      ['a digest as its name', tar, { reference: `a@sha256:${'a'.repeat(64)}` }, /cannot import digest reference/],
      ['a bad change', tar, { changes: ['RUN x'] }, /"RUN" is not a valid change command/],
      ['nothing', Buffer.alloc(0), {}, /the archive is empty/],
      ['no archive', Buffer.from('hello '.repeat(500)), {}, /not a valid archive|layer/],
      ['a truncated gzip', gzipSync(tar).subarray(0, 40), {}, /ends too early/],
      ['bzip2', Buffer.from('BZh91AY&SY'), {}, /compressed with bzip2/],
      ['a path outside', await tarOf([{ name: '../out', content: 'x' }]), {}, /was refused/],
    ];
    for (const [name, archive, more, message] of cases) {
      await using store = await openImageStore();
      await assert.rejects(importing(store, archive, more), (error: EngineError) => {
        assert.ok(error instanceof EngineError && error.code !== 'Internal', `${name}: ${String(error)}`);
        assert.match(error.message, message, name);
        return true;
      });
      assert.deepEqual(await leftovers(store), [], name);
    }
  });

  it('reads no address', async () => {
    await using store = await openImageStore();
    await assert.rejects(store.images.archives.import({ from: 'https://example.org/root.tar' }, { signal }), {
      code: 'InvalidArgument',
      message: /not fetched from addresses/,
    });
  });
});
