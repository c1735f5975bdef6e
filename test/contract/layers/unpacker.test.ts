// What the layer store expects of the layer tool: one suite for the stand-in and for slipway-layer itself.

import assert from 'node:assert/strict';
import { lstat, mkdir, mkdtemp, readFile, readdir, readlink, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { UnpackFailure, type UnpackCode } from '../../../runtime-server/src/layers/unpack-failure.ts';
import { createUnpacker, type UnpackPlan, type Unpacker } from '../../../runtime-server/src/layers/unpacker.ts';
import { parseDigest } from '../../../runtime-server/src/oci/digest.ts';
import { createFakeUnpacker } from '../../support/fake-unpacker.ts';
import { BIN_DIRECTORY, HAS_LAYER_TOOL } from '../../support/image-store.ts';
import {
  buildLayer,
  layerFromTar,
  randomText,
  sha256,
  tarOf,
  type Entry,
  type TestLayer,
} from '../../support/images.ts';

const ENTRIES: readonly Entry[] = [
  { name: 'd/', mode: 0o1777, uid: 5, gid: 6 },
  { name: 'd/file', content: 'content', mode: 0o640, uid: 7, gid: 8 },
  { name: 'd/hard', link: { kind: 'link', target: 'd/file' } },
  { name: 'soft', link: { kind: 'symlink', target: '/d/file' } },
  { name: 'd/.wh.gone' },
  { name: 'x/y/z', content: Buffer.alloc(100_000, 'z') },
];

async function* pieces(bytes: Buffer, size = 1000): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function contract(name: string, skip: string | false, create: () => Unpacker): void {
  describe(`the layer tool (${name})`, { skip }, () => {
    let directory: string;
    let unpacker: Unpacker;
    let blobs = 0;
    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'slipway-unpack-'));
      await mkdir(join(directory, 'fs'));
      unpacker = create();
    });
    afterEach(() => rm(directory, { recursive: true, force: true }));
    const path = (...names: readonly string[]): string => join(directory, ...names);
    const planFor = (layer: TestLayer, more: Partial<UnpackPlan> = {}): UnpackPlan => ({
      dest: path('fs'),
      blob: path(`blob${(blobs += 1)}`),
      digest: parseDigest(layer.digest),
      size: layer.size,
      diffId: parseDigest(layer.diffId),
      squashIds: false,
      maxSize: 2 ** 40,
      lower: [],
      ...more,
    });
    const fails = async (code: UnpackCode, plan: UnpackPlan, bytes: Buffer): Promise<void> => {
      await assert.rejects(unpacker.unpack(plan, pieces(bytes)), (error) => {
        assert.ok(error instanceof UnpackFailure, String(error));
        assert.equal(error.code, code, error.message);
        return true;
      });
    };

    for (const compression of ['gzip', 'zstd', 'none'] as const) {
      it(`applies a layer in one pass (${compression})`, async () => {
        const layer = await buildLayer(ENTRIES, compression);
        const result = await unpacker.unpack(planFor(layer, { blob: path('blob') }), pieces(layer.blob));
        assert.deepEqual([result.digest, result.diffId, result.size], [layer.digest, layer.diffId, layer.size]);
        assert.deepEqual([result.entries, result.bytes], [ENTRIES.length, 100_007]);
        assert.deepEqual(result.implied, ['x', 'x/y']);
        assert.deepEqual(await readFile(path('blob')), layer.blob);
        const found = await lstat(path('fs/d'));
        assert.deepEqual([found.mode & 0o7777, found.uid, found.gid], [0o1777, 5, 6]);
        const file = await lstat(path('fs/d/file'));
        assert.deepEqual([file.mode & 0o7777, file.uid, file.gid, file.nlink], [0o640, 7, 8, 2]);
        assert.equal(await readlink(path('fs/soft')), '/d/file');
        assert.ok((await lstat(path('fs/d/gone'))).isCharacterDevice());
      });
    }

    it('tells how much of the layer is unpacked', async () => {
      const layer = await buildLayer([{ name: 'big', content: randomText(3_000_000) }]);
      const told: number[] = [];
      await unpacker.unpack(planFor(layer, { onUnpacked: (bytes) => told.push(bytes) }), pieces(layer.blob));
      assert.ok(told.length > 0 && told.every((bytes, index) => bytes > 0 && bytes >= (told[index - 1] ?? 0)));
      assert.ok((told.at(-1) ?? 0) <= layer.size);
    });

    it('gives everything to 0:0 where only one id is mapped', async () => {
      const layer = await buildLayer(ENTRIES);
      await unpacker.unpack(planFor(layer, { squashIds: true }), pieces(layer.blob));
      for (const name of ['d', 'd/file', 'soft']) assert.equal((await lstat(path('fs', name))).uid, 0, name);
    });

    it('applies an empty layer', async () => {
      const layer = await buildLayer([]);
      assert.equal((await unpacker.unpack(planFor(layer), pieces(layer.blob))).entries, 0);
      assert.deepEqual(await readdir(path('fs')), []);
    });

    it('says what is wrong with the bytes', async () => {
      const layer = await buildLayer(ENTRIES);
      const other = parseDigest(sha256('other'));
      await fails('DigestMismatch', planFor(layer, { digest: other }), layer.blob);
      await rm(path('fs'), { recursive: true });
      await mkdir(path('fs'));
      await fails('DiffIdMismatch', planFor(layer, { diffId: other }), layer.blob);
    });

    it('reads no more than it was told, and notices when it is less', async () => {
      const layer = await buildLayer(ENTRIES);
      await fails('SizeMismatch', planFor(layer, { size: layer.size - 10 }), layer.blob);
      await rm(path('fs'), { recursive: true });
      await mkdir(path('fs'));
      await assert.rejects(
        unpacker.unpack(planFor(layer, { size: layer.size + 10 }), pieces(layer.blob)),
        UnpackFailure,
      );
    });

    it('reads a blob that is there already, and says when it is not', async () => {
      const layer = await buildLayer(ENTRIES);
      await writeFile(path('there'), layer.blob);
      const result = await unpacker.unpack(planFor(layer, { blob: path('there') }));
      assert.equal(result.digest, layer.digest);
      await assert.rejects(unpacker.unpack(planFor(layer, { blob: path('none') })), { code: 'ENOENT' });
    });

    it('never writes into a file that is there already', async () => {
      const layer = await buildLayer(ENTRIES);
      await writeFile(path('there'), 'mine');
      await assert.rejects(unpacker.unpack(planFor(layer, { blob: path('there') }), pieces(layer.blob)), {
        code: 'EEXIST',
      });
      assert.equal(await readFile(path('there'), 'utf8'), 'mine');
    });

    it('does not leave the directory', async () => {
      const layer = await buildLayer([{ name: '../outside', content: 'x' }]);
      await fails('Refused', planFor(layer), layer.blob);
      await assert.rejects(lstat(path('outside')), { code: 'ENOENT' });
    });

    it('does not take noise for an archive', async () => {
      const layer = layerFromTar(Buffer.concat([await tarOf([]), Buffer.alloc(4096, 'noise')]).subarray(1024), 'gzip');
      await assert.rejects(unpacker.unpack(planFor(layer), pieces(layer.blob)));
    });

    it('copies the target of a hard link out of the layers below, or says that it needs them', async () => {
      const layer = await buildLayer([{ name: 'copy', link: { kind: 'link', target: 'below' } }]);
      await fails('NeedsLower', planFor(layer), layer.blob);
      await mkdir(path('lower'));
      const base = await buildLayer([{ name: 'below', content: 'from below' }]);
      await unpacker.unpack(planFor(base, { dest: path('lower') }), pieces(base.blob));
      await rm(path('fs'), { recursive: true });
      await mkdir(path('fs'));
      await unpacker.unpack(planFor(layer, { lower: [path('lower')] }), pieces(layer.blob));
      assert.equal(await readFile(path('fs/copy'), 'utf8'), 'from below');
    });

    it('ends when its source fails or it is aborted', async () => {
      const layer = await buildLayer([{ name: 'big', content: Buffer.alloc(3_000_000, 'b') }], 'none');
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield* pieces(layer.blob.subarray(0, 100_000));
        throw new Error('the network is gone');
      };
      await assert.rejects(unpacker.unpack(planFor(layer), broken()), /the network is gone/);
      await rm(path('fs'), { recursive: true });
      await mkdir(path('fs'));
      const controller = new AbortController();
      const endless = async function* (): AsyncGenerator<Uint8Array> {
        yield* pieces(layer.blob.subarray(0, 100_000));
        controller.abort();
        yield* pieces(layer.blob.subarray(100_000));
      };
      await assert.rejects(unpacker.unpack(planFor(layer), endless(), controller.signal), { name: 'AbortError' });
    });

    it('tells the first difference between two unpacked layers', async () => {
      const layer = await buildLayer(ENTRIES);
      await unpacker.unpack(planFor(layer), pieces(layer.blob));
      await mkdir(path('again'));
      await unpacker.unpack(planFor(layer, { dest: path('again') }), pieces(layer.blob));
      const compare = (): ReturnType<Unpacker['compare']> => unpacker.compare(path('fs'), path('again'));
      assert.equal(await compare(), undefined);
      await writeFile(path('again/x/y/new'), 'n');
      assert.deepEqual(await compare(), { path: 'x/y/new', what: 'added' });
      await rm(path('again/x/y/new'));
      const { atime, mtime } = await lstat(path('again/d/file'));
      await writeFile(path('again/d/file'), 'altered');
      await utimes(path('again/d/file'), atime, mtime);
      assert.deepEqual(await compare(), { path: 'd/file', what: 'content' });
      await rm(path('again/d/file'));
      assert.deepEqual(await compare(), { path: 'd/file', what: 'missing' });
    });

    it('syncs', () => unpacker.sync(directory));
  });
}

const withoutRoot = process.getuid?.() === 0 ? false : 'needs root';
contract('stand-in', withoutRoot, createFakeUnpacker);
contract('slipway-layer', HAS_LAYER_TOOL ? withoutRoot : 'slipway-layer is not built', () =>
  createUnpacker(BIN_DIRECTORY),
);

describe('a layer tool that is missing or dies', () => {
  it('is a clear error', async () => {
    await assert.rejects(createUnpacker('/nowhere').sync('/'), {
      code: 'LauncherFailed',
      message: "slipway-layer can't be started",
    });
  });
});
