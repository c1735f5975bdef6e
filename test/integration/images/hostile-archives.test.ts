// Archives that are broken or made to harm: each is refused with an error that names what is wrong, and nothing is left.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { EngineError } from '../../../runtime-server/src/base/errors.ts';
import {
  archiveOfEntries,
  layoutEntries,
  oldDockerEntries,
  piecesOf,
  type ArchiveEntry,
} from '../../support/archives.ts';
import { leftovers, openImageStore, withoutMounts } from '../../support/image-store.ts';
import { buildImage, buildLayer, layerFromTar, sha256, tarOf, type TestImage } from '../../support/images.ts';

const layer = await buildLayer([{ name: 'file', content: 'content '.repeat(1000) }], 'none');
const IMAGE = buildImage([layer]);
const GOOD = oldDockerEntries([[IMAGE, ['a:1']]]);
const LAYOUT = layoutEntries([IMAGE], [{ 'org.opencontainers.image.ref.name': 'a:1' }]);
const { signal } = new AbortController();

type Make = () => Buffer | Promise<Buffer> | Iterable<Buffer>;
type Case = readonly [name: string, make: Make, code: string, message: RegExp];

/** The good archive with one entry changed. */
const altered = (
  entries: readonly ArchiveEntry[],
  name: RegExp,
  change: (entry: ArchiveEntry) => readonly ArchiveEntry[],
): Promise<Buffer> => {
  assert.ok(
    entries.some((entry) => name.test(entry.name)),
    `no entry ${name}`,
  );
  return archiveOfEntries(entries.flatMap((entry) => (name.test(entry.name) ? change(entry) : [entry])));
};
const without = (entries: readonly ArchiveEntry[], name: RegExp): Promise<Buffer> => altered(entries, name, () => []);
const withDocument = (name: string, document: unknown, entries = GOOD): Promise<Buffer> =>
  altered(entries, new RegExp(`^${name}$`), () => [
    { name, content: typeof document === 'string' ? document : JSON.stringify(document) },
  ]);
const withEntry = (...more: readonly ArchiveEntry[]): Promise<Buffer> => archiveOfEntries([...more, ...GOOD]);
const item = (changes: object): Promise<Buffer> => {
  const [entry] = JSON.parse(String(GOOD.at(-1)?.content)) as object[];
  return withDocument('manifest.json', [{ ...entry, ...changes }]);
};
const ofImage = (image: TestImage): Promise<Buffer> => archiveOfEntries(oldDockerEntries([[image, ['a:1']]]));

/** A header that promises `size` bytes, and then so many zeros. */
function* promising(name: string, size: number, given: number): Iterable<Buffer> {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  yield header;
  for (let left = given; left > 0; left -= 1 << 20) yield Buffer.alloc(Math.min(left, 1 << 20));
}

const CASES: readonly Case[] = [
  ['nothing at all', () => Buffer.alloc(0), 'InvalidArgument', /holds no image/],
  ['no tar', () => Buffer.from('this is no archive '.repeat(100)), 'InvalidArgument', /no tar archive/],
  ['an empty tar', () => archiveOfEntries([]), 'InvalidArgument', /holds no image/],
  [
    'a root file system',
    () => tarOf([{ name: 'etc/' }, { name: 'etc/passwd', content: 'x' }]),
    'InvalidArgument',
    /holds no image/,
  ],
  ['truncated in a file', async () => (await archiveOfEntries(GOOD)).subarray(0, 4000), 'DataLoss', /ends too early/],
  ['truncated gzip', async () => gzipSync(await archiveOfEntries(GOOD)).subarray(0, 200), 'DataLoss', /ends too early/],
  [
    'truncated zstd',
    async () => zstdCompressSync(await archiveOfEntries(GOOD)).subarray(0, 200),
    'DataLoss',
    /ends too early/,
  ],
  [
    'damaged gzip',
    async () => gzipSync(await archiveOfEntries(GOOD)).fill(0x55, 50, 120),
    'DataLoss',
    /compression is damaged|tar archive/,
  ],
  ['bzip2', () => Buffer.from('BZh91AY&SYxxxxxxxx'), 'Unsupported', /compressed with bzip2/],
  ['xz', () => Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2]), 'Unsupported', /compressed with xz/],
  ['a path with ..', () => withEntry({ name: '../../etc/passwd', content: 'x' }), 'InvalidArgument', /reaches outside/],
  ['a hidden ..', () => withEntry({ name: 'a/../../b', content: 'x' }), 'InvalidArgument', /reaches outside/],
  ['an absolute path', () => withEntry({ name: '/etc/passwd', content: 'x' }), 'InvalidArgument', /reaches outside/],
  [
    'a symlink that leads out',
    () => withEntry({ name: 'x/layer.tar', link: '../../etc/shadow' }),
    'InvalidArgument',
    /reaches outside/,
  ],
  [
    'an absolute symlink',
    () => withEntry({ name: 'layer', link: '/etc/shadow' }),
    'InvalidArgument',
    /reaches outside/,
  ],
  [
    'a hard link that leads out',
    () => withEntry({ name: 'layer', link: '../shadow', type: 'link' }),
    'InvalidArgument',
    /reaches outside/,
  ],
  [
    'a device',
    () => withEntry({ name: 'sda', type: 'character-device' }),
    'InvalidArgument',
    /neither file, directory nor link/,
  ],
  ['a fifo', () => withEntry({ name: 'pipe', type: 'fifo' }), 'InvalidArgument', /neither file, directory nor link/],
  [
    'two manifests',
    () => withEntry({ name: 'manifest.json', content: '[]' }),
    'InvalidArgument',
    /two different entries "manifest.json"/,
  ],
  [
    'the same name as link and file',
    () => withEntry({ name: 'manifest.json', link: 'other' }),
    'InvalidArgument',
    /two different entries/,
  ],
  [
    'a circle of links',
    () => altered(GOOD, /layer.tar$/, ({ name }) => [{ name, link: 'layer.tar' }]),
    'InvalidArgument',
    /in a circle/,
  ],
  [
    'a link to nothing',
    () => altered(GOOD, /layer.tar$/, ({ name }) => [{ name, link: 'gone.tar' }]),
    'DataLoss',
    /names ".*layer.tar", which is not in the archive/,
  ],
  ['no layer', () => without(GOOD, /layer.tar$/), 'DataLoss', /which is not in the archive/],
  ['no config', () => without(GOOD, /^[a-f0-9]{64}\.json$/), 'DataLoss', /which is not in the archive/],
  ['a config with a path out', () => item({ Config: '../../../etc/passwd' }), 'InvalidArgument', /reaches outside/],
  ['a layer with a path out', () => item({ Layers: ['/etc/passwd'] }), 'InvalidArgument', /reaches outside/],
  [
    'manifest.json of 1 GiB',
    () => promising('manifest.json', 1 << 30, 1 << 22),
    'InvalidArgument',
    /manifest.json is larger than/,
  ],
  ['a file of 8 GiB that never comes', () => promising('layer', 0o77777777777, 1 << 22), 'DataLoss', /ends too early/],
  [
    'manifest.json that is no JSON',
    () => withDocument('manifest.json', '[{'),
    'InvalidArgument',
    /manifest.json: not valid JSON/,
  ],
  ['manifest.json that is an object', () => withDocument('manifest.json', {}), 'InvalidArgument', /expected a list/],
  [
    'manifest.json without a config',
    () => withDocument('manifest.json', [{ Layers: [] }]),
    'InvalidArgument',
    /\$\[0\].Config/,
  ],
  ['a name that is none', () => item({ RepoTags: ['Bad Name:1'] }), 'InvalidArgument', /lower case|no spaces/],
  [
    'a name with a digest',
    () => item({ RepoTags: [`a@sha256:${'a'.repeat(64)}`] }),
    'InvalidArgument',
    /name with a digest/,
  ],
  [
    'fewer layers than the config says',
    () => item({ Layers: [] }),
    'DataLoss',
    /the image config lists 1 layers, the manifest 0/,
  ],
  [
    'a config that is no image',
    () => ofImage(buildImage([layer], { alterConfig: (config) => delete config['rootfs'] })),
    'Unsupported',
    /no rootfs/,
  ],
  [
    'a wrong diffID',
    () =>
      ofImage(
        buildImage([layer], {
          alterConfig: (config) => (config['rootfs'] = { type: 'layers', diff_ids: [sha256('x')] }),
        }),
      ),
    'DataLoss',
    /not what the image config says/,
  ],
  [
    'a layer that is no archive',
    () => ofImage(buildImage([layerFromTar(Buffer.alloc(3000, 'x'), 'none')])),
    'DataLoss',
    /not a valid archive/,
  ],
  [
    'a layer with a path out of itself',
    async () => ofImage(buildImage([await buildLayer([{ name: '../out', content: 'x' }], 'none')])),
    'InvalidArgument',
    /was refused/,
  ],
  [
    'one good image and a bad one',
    async () =>
      archiveOfEntries(
        oldDockerEntries([
          [IMAGE, ['a:1']],
          [buildImage([layerFromTar(Buffer.alloc(3000, 'x'), 'gzip')]), ['b:1']],
        ]),
      ),
    'DataLoss',
    /not a valid archive/,
  ],
  [
    'a blob of another digest',
    () => altered(LAYOUT, new RegExp(layer.digest.slice(7)), ({ name }) => [{ name, content: 'other' }]),
    'DataLoss',
    /does not match its digest/,
  ],
  [
    'a layout without a layer',
    () => without(LAYOUT, new RegExp(layer.digest.slice(7))),
    'DataLoss',
    /is not in the archive/,
  ],
  [
    'a layout without its manifest',
    () => without(LAYOUT, new RegExp(IMAGE.manifest.digest.slice(7))),
    'DataLoss',
    /is not in the archive/,
  ],
  [
    'a layout without the config',
    () => without(LAYOUT, new RegExp(IMAGE.config.digest.slice(7))),
    'DataLoss',
    /is not in the archive/,
  ],
  [
    'an index that is a manifest',
    () => withDocument('index.json', IMAGE.manifest.bytes.toString(), LAYOUT),
    'InvalidArgument',
    /index/,
  ],
  [
    'an index of nothing',
    () => withDocument('index.json', { schemaVersion: 2, manifests: [] }, LAYOUT),
    'InvalidArgument',
    /holds no image/,
  ],
  [
    'a manifest of another size',
    () =>
      altered(LAYOUT, /^index.json$/, ({ name, content }) => [
        { name, content: String(content).replace(/"size":\d+/, '"size":7') },
      ]),
    'DataLoss',
    /another size/,
  ],
  ['a foreign layer', () => foreign(), 'Unsupported', /another address/],
];

function foreign(): Promise<Buffer> {
  const image = buildImage([layer], {
    alterManifest: (manifest) => {
      (manifest['layers'] as { urls?: string[] }[])[0]!.urls = ['https://example.org/layer'];
    },
  });
  return archiveOfEntries(layoutEntries([image]));
}

describe('a hostile archive', () => {
  for (const [name, make, code, message] of CASES) {
    it(name, async () => {
      await using store = await openImageStore();
      const made = await make();
      const from = Buffer.isBuffer(made) ? piecesOf(made) : Readable.from(made);
      await assert.rejects(store.images.archives.load({ from }, { signal }), (error: unknown) => {
        assert.ok(error instanceof EngineError, String(error));
        assert.match(error.message, message);
        assert.equal(error.code, code, error.message);
        assert.ok(error.message.startsWith('load: '), error.message);
        return true;
      });
      assert.deepEqual(await leftovers(store), [], 'nothing is left');
      assert.deepEqual(await store.images.list(), []);
    });
  }

  it('a bomb stops before the disk is full', { skip: withoutMounts() }, async () => {
    await using store = await openImageStore({ bytes: 100 << 20 });
    const bomb = gzipSync(Buffer.concat([...promising('layer', 90 << 20, 90 << 20)]));
    await assert.rejects(store.images.archives.load({ from: piecesOf(bomb) }, { signal }), { code: 'NoSpace' });
    assert.deepEqual(await leftovers(store), []);
  });

  it('has no say about what was there before', async () => {
    await using store = await openImageStore();
    await store.images.archives.load({ from: piecesOf(await archiveOfEntries(GOOD)) }, { signal });
    const before = await leftovers(store);
    const bad = buildImage([layer, layerFromTar(Buffer.alloc(3000, 'x'), 'none')]);
    await assert.rejects(store.images.archives.load({ from: piecesOf(await ofImage(bad)) }, { signal }));
    assert.deepEqual(await leftovers(store), before);
    assert.equal((await store.images.resolve('a:1')).id, IMAGE.config.digest);
  });
});
