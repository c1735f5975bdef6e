// Images and registries that want more than their share of time or disk, and layers that reach out: a pull refuses each,
// and nothing of it is left.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { EngineError } from '../../../runtime-server/src/base/errors.ts';
import { archive, END, entry, type Entry } from '../../native/layer/archive.ts';
import { isFor, startHostileRegistry, type HostileRegistry } from '../../support/hostile-registry.ts';
import {
  HAS_LAYER_TOOL,
  leftovers,
  openImageStore,
  withoutMounts,
  type ImageStore,
  type StoreOptions,
} from '../../support/image-store.ts';
import { buildImage, buildLayer, layerFromTar, sha256, type TestLayer } from '../../support/images.ts';

const skip = HAS_LAYER_TOOL ? false : 'slipway-layer is not built (make -C native)';
const LIMITS = {
  connect: 2000,
  headers: 1000,
  stall: 1000,
  manifest: 3000,
  attempts: 3,
  firstPause: 1,
  longestPause: 5,
};

async function refusal(
  layer: TestLayer,
  options: StoreOptions,
  prepare: (registry: HostileRegistry, path: string) => void = () => undefined,
): Promise<EngineError> {
  await using registry = await startHostileRegistry();
  await using store: ImageStore = await openImageStore(options);
  registry.serveImage('a/b', '1', buildImage([layer]));
  prepare(registry, `/v2/a/b/blobs/${layer.digest}`);
  const error: unknown = await store.images.pull(`${registry.host}/a/b:1`).then(
    () => 'pulled',
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof EngineError, String(error));
  assert.deepEqual(await leftovers(store), [], 'nothing is left');
  assert.deepEqual(await store.images.list(), []);
  return error;
}

const noise = (length: number): string =>
  Array.from({ length: Math.ceil(length / 71) }, (_, i) => sha256(String(i))).join('');

describe('a registry that takes its time', () => {
  it('dripping a byte now and then is too slow, and is not asked again', async () => {
    const layer = await buildLayer([{ name: 'data', content: noise(100_000) }]);
    const limits = { ...LIMITS, pace: 100, slowest: 10_000 };
    let asked = 0;
    const timers: NodeJS.Timeout[] = [];
    const error = await refusal(layer, { overrides: { limits } }, (registry, path) => {
      registry.intercept((request, response) => {
        if (!isFor(request, path)) return false;
        asked += 1;
        response.writeHead(200, { 'content-length': layer.blob.length });
        let sent = 0;
        timers.push(setInterval(() => response.write(layer.blob.subarray(sent, (sent += 1))), 10));
        return true;
      });
    });
    timers.forEach(clearInterval);
    assert.match(error.message, /sends too slowly$/);
    assert.deepEqual([error.code, asked], ['Unavailable', 1]);
  });

  it('cutting the connection after each byte is no progress', async () => {
    const layer = await buildLayer([{ name: 'data', content: noise(100_000) }]);
    let asked = 0;
    const error = await refusal(layer, { overrides: { limits: LIMITS } }, (registry, path) => {
      registry.intercept((request, response) => {
        if (!isFor(request, path)) return false;
        asked += 1;
        const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
        const range = { 'content-range': `bytes ${start}-${layer.blob.length - 1}/${layer.blob.length}` };
        response.writeHead(start === 0 ? 200 : 206, {
          'content-length': layer.blob.length - start,
          ...(start === 0 ? {} : range),
        });
        response.write(layer.blob.subarray(start, start + 1), () => response.destroy());
        return true;
      });
    });
    assert.match(error.message, /closed the connection/);
    assert.equal(asked, LIMITS.attempts);
  });
});

describe('a layer that would fill the disk', { skip }, () => {
  // Its bytes belong to an entry that is never written: only counting them can tell.
  const bomb = (bytes: number): TestLayer =>
    layerFromTar(Buffer.concat([entry({ name: '.wh.bomb', size: bytes }).subarray(0, 512), Buffer.alloc(bytes), END]));

  it('is stopped at what there is space for', { skip: withoutMounts() }, async () => {
    const error = await refusal(bomb(64 << 20), { bytes: 16 << 20 });
    assert.equal(error.code, 'NoSpace');
    assert.match(error.message, /no space left on the disk/);
  });
});

describe('a layer that reaches out', { skip }, () => {
  const victim = mkdtempSync(join(tmpdir(), 'slipway-victim-'));
  after(() => {
    rmSync(victim, { recursive: true });
  });
  const refused: [string, Entry[], RegExp][] = [
    [
      'by ".."',
      [
        { name: 'ok', data: 'x' },
        { name: `../../../../../..${victim}/x`, data: 'x' },
      ],
      /was refused/,
    ],
    [
      'by a hard link',
      [{ name: 'hard', type: '1', link: `../../../../../..${victim}` }],
      /was refused|links to a file/,
    ],
    ['by owners that are none', [{ name: 'x', data: 'x', pax: { uid: '4294967296' } }], /was refused|not a valid/],
    [
      'by a header that lies',
      [
        { name: 'ok', data: 'x' },
        { name: 'huge', size: 2 ** 40 },
      ],
      /ends too early/,
    ],
  ];
  for (const [how, entries, message] of refused) {
    it(`${how} leaves nothing`, async () => {
      const error = await refusal(layerFromTar(archive(...entries)), {});
      assert.match(error.message, message);
      assert.deepEqual(readdirSync(victim), []);
    });
  }
});
