// Snapshots, forks and rewinds: what is frozen, copied, kept and swept, whatever fails in between.
import assert from 'node:assert/strict';
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Containers } from '../../../runtime-server/src/containers/contract.ts';
import {
  newest,
  parseSnapshot,
  unneeded,
  type Snapshot,
} from '../../../runtime-server/src/containers/snapshots/snapshot.ts';
import { IMAGE, openScene, type Scene } from './scene.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const signal = new AbortController().signal;

describe('a snapshot', () => {
  const plain: Snapshot = { version: 1, id: A, container: B, created: '2026-01-01T00:00:00Z', stack: [A, B] };

  it('is read as it was written, and nothing else', () => {
    assert.deepEqual(parseSnapshot(JSON.stringify({ ...plain, more: 1 })), plain);
    const named = { ...plain, name: 'clean', automatic: true as const };
    assert.deepEqual(parseSnapshot(JSON.stringify(named)), named);
    for (const bad of [{ version: 2 }, { id: '../x' }, { stack: ['..'] }, { stack: 'x' }, { container: 1 }])
      assert.throws(() => parseSnapshot(JSON.stringify({ ...plain, ...bad })), { code: 'InvalidArgument' });
  });

  it('the newest is the last that somebody made', () => {
    const later: Snapshot = { ...plain, id: B, created: '2026-01-02T00:00:00Z' };
    assert.equal(newest([later, plain]), later);
    assert.equal(newest([plain, { ...later, automatic: true }]), plain);
    assert.equal(newest([]), undefined);
  });

  it('what nobody names is not needed', () => {
    assert.deepEqual(unneeded([A, B], [[B], []]), [A]);
  });
});

describe('snapshots of containers', () => {
  let scene: Scene;
  let containers: Containers;

  beforeEach(async () => {
    scene = await openScene();
    containers = scene.make();
    await containers.recover();
  });
  afterEach(() => {
    containers.close();
    scene.dispose();
  });

  const create = async (name: string): Promise<string> =>
    (await containers.create({ image: 'alpine', name }, IMAGE)).id;
  const upper = (id: string): string => containers.paths(id).upper;
  const write = (id: string, text: string): void => {
    writeFileSync(join(upper(id), 'state'), text);
  };
  const stack = (id: string): readonly string[] => containers.get(id, 'get').stack ?? [];
  const frozenPath = (): string => join(scene.directory, 'frozen');
  const frozen = (): readonly string[] => (existsSync(frozenPath()) ? readdirSync(frozenPath()) : []);
  const inTop = (id: string): string => readFileSync(join(frozenPath(), stack(id).at(-1) ?? '', 'state'), 'utf8');

  it('a stopped one is frozen by a rename, told, and goes with its container', async () => {
    const id = await create('one');
    write(id, 'x');
    const { ino } = lstatSync(upper(id));
    const snapshot = await containers.snapshots.create(id, 'clean', signal);
    assert.deepEqual(stack(id), snapshot.stack);
    assert.equal(lstatSync(join(frozenPath(), snapshot.stack[0] ?? '')).ino, ino);
    assert.deepEqual([readdirSync(upper(id)), scene.uppers.copies], [[], 0]);
    assert.ok(scene.events.includes('snapshot:created'));
    await containers.remove(id, { force: false, purge: true });
    assert.deepEqual([frozen(), readdirSync(join(scene.directory, 'snapshots'))], [[], []]);
  });

  it('a removed one keeps its snapshots and what is frozen while it can be restored, over a new server too', async () => {
    const id = await create('one');
    write(id, 'x');
    const { stack: kept } = await containers.snapshots.create(id, 'clean', signal);
    await containers.remove(id, { force: false });
    assert.deepEqual(frozen(), kept);
    containers.close();
    containers = scene.make();
    await containers.recover();
    assert.deepEqual([frozen(), containers.snapshots.list().length], [kept, 1]);
    await containers.removed.restore(id, {});
    assert.equal(inTop(id), 'x');
    await containers.snapshots.rewind(id, 'clean', { force: false }, signal);
    await containers.remove(id, { force: false });
    await containers.removed.purge(() => true);
    assert.deepEqual([frozen(), containers.snapshots.list()], [[], []]);
  });

  it('the record comes first: a server that dies before the rename owes it', async () => {
    const id = await create('one');
    write(id, 'x');
    writeFileSync(frozenPath(), 'in the way');
    await assert.rejects(containers.snapshots.create(id, undefined, signal));
    const { stack: named } = JSON.parse(readFileSync(containers.paths(id).record, 'utf8')) as { stack: string[] };
    assert.equal(named.length, 1);
    assert.equal(readFileSync(join(upper(id), 'state'), 'utf8'), 'x');
    rmSync(frozenPath());
    containers.close();
    containers = scene.make();
    await containers.recover();
    assert.deepEqual([stack(id), frozen(), readdirSync(upper(id))], [named, named, []]);
    assert.equal(inTop(id), 'x');
  });

  it('what an earlier failure owes is made up for before a start', async () => {
    const id = await create('one');
    write(id, 'x');
    writeFileSync(frozenPath(), 'in the way');
    await assert.rejects(containers.snapshots.create(id, undefined, signal));
    rmSync(frozenPath());
    await containers.start(id);
    assert.equal(inTop(id), 'x');
    const { mounts } = JSON.parse(readFileSync(containers.paths(id).spec, 'utf8')) as {
      mounts: { options: string[] }[];
    };
    const lower = mounts[0]?.options.filter((option) => option.startsWith('lowerdir+='));
    assert.deepEqual(lower, [`lowerdir+=${join(frozenPath(), stack(id)[0] ?? '')}`, 'lowerdir+=/layer']);
  });

  it('a running one is copied and held meanwhile; its own directory stays', async () => {
    const id = await create('one');
    await containers.start(id);
    write(id, 'x');
    const { stack: kept } = await containers.snapshots.create(id, undefined, signal);
    assert.deepEqual([kept.length, stack(id), scene.uppers.copies], [1, [], 1]);
    assert.equal(readFileSync(join(upper(id), 'state'), 'utf8'), 'x');
    assert.deepEqual(scene.events.slice(-3), ['pause:paused', 'unpause:running', 'snapshot:running']);
  });

  it('a fork has a name and a host name of its own, and shares what is frozen', async () => {
    const id = await create('one');
    write(id, 'x');
    const fork = await containers.snapshots.fork(id, { name: 'two' }, signal);
    assert.deepEqual([fork.name, fork.config.hostname, fork.stack], ['two', fork.id.slice(0, 12), stack(id)]);
    await containers.remove(id, { force: false, purge: true });
    assert.equal(inTop(fork.id), 'x');
    await containers.remove(fork.id, { force: false, purge: true });
    assert.deepEqual(frozen(), []);
  });

  it('a fork that can’t be made leaves no copy', async () => {
    const id = await create('one');
    await containers.start(id);
    write(id, 'x');
    await assert.rejects(containers.snapshots.fork(id, { name: 'one' }, signal), /the name is taken/);
    assert.deepEqual([scene.uppers.copies, frozen()], [1, []]);
  });

  it('a rewind keeps what was there, once', async () => {
    const id = await create('one');
    write(id, 'first');
    const clean = await containers.snapshots.create(id, 'clean', signal);
    write(id, 'second');
    const { before } = await containers.snapshots.rewind(id, undefined, { force: false }, signal);
    assert.deepEqual([before.automatic, stack(id), readdirSync(upper(id))], [true, clean.stack, []]);
    write(id, 'third');
    const { before: next } = await containers.snapshots.rewind(id, undefined, { force: false }, signal);
    assert.deepEqual(
      containers.snapshots
        .list(id)
        .map((snapshot) => snapshot.id)
        .sort(),
      [clean.id, next.id].sort(),
    );
    assert.equal(frozen().length, 2);
    await containers.snapshots.rewind(id, next.id, { force: false }, signal);
    assert.equal(inTop(id), 'third');
  });

  it('while a record can’t be read nothing is swept', async () => {
    const [id, other] = [await create('one'), await create('two')];
    write(id, 'x');
    const { id: kept } = await containers.snapshots.create(id, undefined, signal);
    await containers.snapshots.remove(kept);
    containers.close();
    writeFileSync(containers.paths(id).record, 'damaged');
    containers = scene.make();
    await containers.recover();
    await containers.remove(other, { force: false });
    assert.equal(frozen().length, 1);
    await containers.remove(id, { force: false });
    assert.deepEqual(frozen(), []);
  });

  it('who reads its files has them to the end', async () => {
    const id = await create('one');
    write(id, 'x');
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const reading = containers.read(id, async ({ uppers: [own = ''] }) => {
      await promise;
      return readFileSync(join(own, 'state'), 'utf8');
    });
    const kept = containers.snapshots.create(id, undefined, signal);
    resolve(undefined);
    assert.deepEqual([await reading, (await kept).stack.length], ['x', 1]);
  });
});
