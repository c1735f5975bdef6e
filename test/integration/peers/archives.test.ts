// Archives between engines: what slipway saves docker and podman load, and the reverse, as the same image.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { archiveOfEntries, layoutEntries, piecesOf } from '../../support/archives.ts';
import { openImageStore, type ImageStore } from '../../support/image-store.ts';
import { buildImage, buildLayer, busyboxLayer, type TestImage } from '../../support/images.ts';
import { docker, podman, withoutPeer, type Peer } from '../../support/peers.ts';

interface Engine {
  readonly name: string;
  readonly skip: string | false;
  readonly start: () => Promise<Peer>;
  /** Options of `save` for each form that it writes. */
  readonly forms: readonly (readonly string[])[];
}

const ENGINES: readonly Engine[] = [
  {
    name: 'podman',
    skip: withoutPeer('podman'),
    start: () => Promise.resolve(podman()),
    forms: [
      ['--format', 'docker-archive'],
      ['--format', 'oci-archive'],
    ],
  },
  { name: 'docker', skip: withoutPeer('dockerd') || withoutPeer('docker'), start: docker, forms: [[]] },
];

const { signal } = new AbortController();

for (const { name, skip, start, forms } of ENGINES) {
  describe(`archives with ${name}`, { skip, timeout: 240_000 }, () => {
    const directory = mkdtempSync(join(tmpdir(), 'slipway-archives-'));
    let peer: Peer;
    let store: ImageStore;
    let images: readonly [TestImage, TestImage];
    before(async () => {
      peer = await start();
      store = await openImageStore();
      const base = await busyboxLayer('gzip');
      const [one, two] = [
        await buildLayer([{ name: 'one', content: '1' }]),
        await buildLayer([{ name: 'two', content: '2' }]),
      ];
      images = [buildImage([base, one]), buildImage([base, two])];
      const names = ['one:1', 'two:1'].map((text) => ({
        'org.opencontainers.image.ref.name': `docker.io/library/${text}`,
      }));
      await store.images.archives.load(
        { from: piecesOf(await archiveOfEntries(layoutEntries(images, names))) },
        { signal },
      );
    });
    after(async () => {
      await store[Symbol.asyncDispose]();
      await peer.dispose();
      rmSync(directory, { recursive: true, force: true });
    });
    const run = (...words: string[]): string => {
      const { status, stdout, stderr } = peer.run(words);
      assert.equal(status, 0, `${words.join(' ')}: ${stdout}${stderr}`);
      return stdout.trim();
    };
    const idOf = (reference: string): string =>
      `sha256:${run('inspect', '--format', '{{.Id}}', reference).replace('sha256:', '')}`;

    it('loads what slipway saves: several images, the same IDs and layers', async () => {
      const file = join(directory, 'saved.tar');
      await store.images.archives.save(['one:1', 'two:1'], { to: file, signal });
      run('load', '-i', file);
      for (const [index, image] of images.entries()) {
        const reference = `docker.io/library/${index === 0 ? 'one' : 'two'}:1`;
        assert.equal(idOf(reference), image.config.digest);
        const layers = JSON.parse(run('inspect', '--format', '{{json .RootFS.Layers}}', reference)) as string[];
        assert.deepEqual(
          layers,
          image.layers.map((layer) => layer.diffId),
        );
      }
    });

    for (const form of forms) {
      it(`saves what slipway loads ${form.join(' ')}`, async () => {
        const file = join(directory, `${name}${form.join('')}.tar`);
        run('save', ...form, '-o', file, 'box');
        await using other = await openImageStore();
        const { images: loaded } = await other.images.archives.load({ from: file }, { signal });
        assert.equal(loaded.length, 1);
        assert.equal(loaded[0]?.imageId, idOf('box'));
        assert.match(loaded[0].reference ?? '', /\/box:latest$/);
        const { diffIds } = await other.images.resolve(loaded[0].imageId);
        assert.deepEqual(diffIds, JSON.parse(run('inspect', '--format', '{{json .RootFS.Layers}}', 'box')));
        // And back: still the same image.
        const again = join(directory, 'again.tar');
        await other.images.archives.save([loaded[0].imageId], { to: again, signal });
        run('load', '-i', again);
        assert.equal(idOf('box'), loaded[0].imageId);
      });
    }
  });
}
