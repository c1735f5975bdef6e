import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { PullProgress } from '../../../runtime-server/protocol/progress.ts';
import { EngineError, notFound } from '../../../runtime-server/src/base/errors.ts';
import { createWorkspace } from '../../../runtime-server/src/base/workspace.ts';
import { during } from '../../../runtime-server/src/images/failure.ts';
import { createLeases } from '../../../runtime-server/src/images/leases.ts';
import { createPrefetch } from '../../../runtime-server/src/images/prefetch.ts';
import { createProgressHubs, layerProgress } from '../../../runtime-server/src/images/progress.ts';
import { createRefStore } from '../../../runtime-server/src/images/refs.ts';
import { digestOf } from '../../../runtime-server/src/oci/digest.ts';
import { canonical, parseReference } from '../../../runtime-server/src/oci/reference.ts';

const [A, B] = [digestOf('a'), digestOf('b')];

describe('errors of images', () => {
  it('begin with the verb and the object once, and keep code and hint', async () => {
    const failing = during('pull x', () =>
      during('pull x', () => Promise.reject(notFound('not there', { hint: 'Look.' }))),
    );
    await assert.rejects(failing, { code: 'NotFound', message: 'pull x: not there', hint: 'Look.' });
    await assert.rejects(
      during('pull x', () => Promise.reject(new DOMException('', 'AbortError'))),
      { code: 'Cancelled', message: 'pull x: cancelled' },
    );
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    await assert.rejects(
      during('pull x', () => Promise.reject(full)),
      { code: 'NoSpace', message: 'pull x: no space left on the disk' },
    );
    await assert.rejects(
      during('pull x', () => Promise.reject(new Error('odd'))),
      EngineError,
    );
  });
});

describe('leases', () => {
  it('are seen by a watch while they are open and when they end during it', () => {
    const leases = createLeases();
    const lease = leases.open();
    lease.add([`blob ${A}`]);
    const watch = leases.watch();
    assert.equal(watch.saw(`blob ${A}`), true);
    lease[Symbol.dispose]();
    assert.equal(watch.saw(`blob ${A}`), true);
    assert.equal(watch.saw(`layer ${A}`), false);
    watch[Symbol.dispose]();
    assert.equal(leases.watch().saw(`blob ${A}`), false);
  });
});

describe('refs', () => {
  it('are files whose names no reference can choose', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'slipway-refs-'));
    try {
      const workspace = createWorkspace({ dataDirectory: directory });
      const refs = createRefStore(directory, workspace);
      await workspace.start();
      await refs.start();
      const references = ['alpine:3', `a.b:1/${'x/'.repeat(100)}y:${'t'.repeat(128)}`, `alpine@${A}`].map((text) =>
        parseReference(text),
      );
      for (const reference of references)
        await refs.write({
          reference,
          manifestDigest: B,
          mediaType: 'a/b',
          pulledAt: '2024-01-01T00:00:00Z',
          repoDigest: A,
        });
      assert.ok((await readdir(join(directory, 'refs'))).every((name) => /^[a-f0-9]{64}\.json$/.test(name)));
      const loaded = await refs.load(() => assert.fail('no damage'));
      assert.deepEqual(loaded.map((ref) => canonical(ref.reference)).sort(), references.map(canonical).sort());
      assert.equal(loaded[0]?.repoDigest, A);
      await refs.remove(references[0]!);
      assert.equal((await refs.load(() => undefined)).length, 2);
      await workspace.idle();
      assert.deepEqual(await readdir(join(directory, 'tmp')), []);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('progress', () => {
  it('reaches all listeners; who comes late gets the present state', () => {
    const hubs = createProgressHubs();
    const seen: PullProgress[] = [];
    const late: PullProgress[] = [];
    using first = hubs.join('k', (progress) => seen.push(progress));
    first.restart({ kind: 'resolving', reference: 'r', defaultTag: false });
    first.emit({ kind: 'layer', id: '1', status: 'downloading', current: 1 });
    first.emit({ kind: 'layer', id: '1', status: 'complete' });
    using second = hubs.join('k', (progress) => late.push(progress));
    first.emit({ kind: 'layer', id: '2', status: 'exists' });
    assert.equal(seen.length, 4);
    assert.deepEqual(
      late.map((event) => (event.kind === 'layer' ? event.status : event.kind)),
      ['resolving', 'complete', 'exists'],
    );
    second.restart({ kind: 'resolving', reference: 'r', defaultTag: true });
    const third: PullProgress[] = [];
    hubs.join('k', (progress) => third.push(progress));
    assert.deepEqual(third, [{ kind: 'resolving', reference: 'r', defaultTag: true }]);
  });

  it('tells of bytes ten times a second at most', () => {
    let time = 0;
    const seen: PullProgress[] = [];
    const progress = layerProgress(
      { mediaType: 'x', digest: A, size: 100 },
      (event) => seen.push(event),
      'downloading',
      () => time,
    );
    for (let bytes = 1; bytes <= 100; bytes += 1) {
      time += 5;
      progress.bytes(bytes);
    }
    progress.complete();
    assert.equal(seen.length, 6);
    assert.deepEqual(seen.at(-1), { kind: 'layer', id: A.slice(7, 19), status: 'complete', current: 100, total: 100 });
  });

  it('tells of unpacking once all bytes are here', () => {
    const seen: PullProgress[] = [];
    let time = 0;
    const layer = { mediaType: 'x', digest: A, size: 100 };
    const emit = (event: PullProgress): void => void seen.push(event);
    const progress = layerProgress(layer, emit, 'downloading', () => (time += 200));
    progress.bytes(60);
    progress.unpacked(10);
    progress.bytes(100);
    progress.verifying();
    progress.unpacked(70);
    const stored = layerProgress(layer, emit, 'downloading', () => (time += 200));
    stored.unpacked(5);
    assert.deepEqual(
      seen.map((event) => event.kind === 'layer' && `${event.status} ${event.current}`),
      ['downloading 60', 'downloading 100', 'verifying 100', 'extracting 70', 'extracting 5'],
    );
  });
});

describe('prefetching', () => {
  it('asks ahead, hands the bytes on once, drops what nobody takes', async () => {
    const signals = new Map<string, AbortSignal>();
    const open = async function* (blob: { digest: string }, signal: AbortSignal): AsyncGenerator<Uint8Array> {
      signals.set(blob.digest, signal);
      await Promise.resolve();
      yield Buffer.from('one ');
      yield Buffer.from('two');
    };
    const blobs = [A, B].map((digest) => ({ mediaType: 'x', digest, size: 7 }));
    {
      await using ahead = createPrefetch(blobs, open, new AbortController().signal);
      assert.equal(signals.size, 2, 'before anybody takes them');
      const chunks: Uint8Array[] = [];
      for await (const chunk of ahead.take(A, new AbortController().signal) ?? []) chunks.push(chunk);
      assert.equal(Buffer.concat(chunks).toString(), 'one two');
      assert.equal(ahead.take(A, new AbortController().signal), undefined);
    }
    assert.equal(signals.get(A)?.aborted, false);
    assert.equal(signals.get(B)?.aborted, true);
  });
});
