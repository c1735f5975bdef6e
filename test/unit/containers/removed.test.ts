// Removed containers and their way back, on a real disk, with the fake launcher and a clock that the test moves.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isCode } from '../../../runtime-server/src/base/errors.ts';
import type { Containers } from '../../../runtime-server/src/containers/contract.ts';
import { FakeClock, IMAGE as image, openScene, type Scene } from './scene.ts';

describe('removed containers', () => {
  let scene: Scene;
  let containers: Containers;

  beforeEach(async () => {
    scene = await openScene();
    scene.clock = new FakeClock();
    containers = scene.make();
  });
  afterEach(() => {
    containers.close();
    scene.dispose();
  });

  const graves = (): readonly string[] => {
    const directory = join(scene.directory, 'removed');
    return existsSync(directory) ? readdirSync(directory) : [];
  };
  const make = async (name: string, written = ''): Promise<string> => {
    const { id } = await containers.create({ image: 'alpine', name, labels: { of: name } }, image);
    if (written !== '') writeFileSync(join(containers.paths(id).upper, 'file'), written);
    return id;
  };
  /** Until the limits have been kept. */
  const settled = (): Promise<unknown> => containers.removed.purge(() => false);
  const removedNames = async (): Promise<readonly string[]> =>
    (await containers.removed.list()).map(({ summary }) => summary.name);

  it('come back with their files, under their name, stopped', async () => {
    const id = await make('web', 'content');
    await containers.start(id);
    const finished = containers.finished(id);
    scene.shims[0]?.exit(3);
    await finished;
    assert.equal(await containers.remove(id, { force: false }), true);
    assert.equal(containers.summary(id), undefined);
    const [entry] = await containers.removed.list();
    assert.deepEqual([entry?.summary.name, entry?.summary.exitCode], ['web', 3]);
    assert.match(entry?.summary.status ?? '', /^Removed .* ago$/);
    const back = await containers.removed.restore(id, {});
    assert.deepEqual([back.name, back.state, back.exitCode], ['web', 'exited', 3]);
    assert.equal(readFileSync(join(containers.paths(id).upper, 'file'), 'utf8'), 'content');
    assert.deepEqual(graves(), []);
    await containers.start(id);
    assert.equal(containers.summary(id)?.state, 'running');
    assert.deepEqual(scene.events.slice(-3), ['destroy:gone', 'restore:exited', 'start:running']);
  });

  it('with --rm come back, too, and stay over a new server', async () => {
    const { id } = await containers.create({ image: 'alpine', name: 'brief', autoRemove: true }, image);
    await containers.start(id);
    const finished = containers.finished(id);
    scene.shims[0]?.exit(7);
    await finished;
    const back = await containers.removed.restore('brief', {});
    assert.deepEqual([back.id, back.exitCode, back.autoRemove], [id, 7, false]);
    containers.close();
    containers = scene.make();
    await containers.recover();
    assert.equal(containers.summary(id)?.state, 'exited');
  });

  it('with a policy are not started by it after they came back', async () => {
    const id = await make('web');
    await containers.start(id);
    const finished = containers.finished(id);
    scene.shims[0]?.exit(1);
    await finished;
    await containers.update(id, { restart: 'unless-stopped' });
    await containers.remove(id, { force: true });
    await containers.removed.restore(id, {});
    containers.close();
    scene.boot = 'two';
    containers = scene.make();
    await containers.recover();
    containers.resume();
    assert.equal(containers.summary(id)?.state, 'exited');
    assert.equal(scene.clock?.count, 0, 'nothing is going to start it');
  });

  it('are found by name (the last one of it), id and prefix; a taken name is a Conflict, another one can be given', async () => {
    const first = await make('web');
    await containers.remove(first, { force: false });
    const second = await make('web');
    await containers.remove(second, { force: false });
    const third = await make('web');
    const found = await containers.removed.get('web', 'restore');
    assert.ok([first, second].includes(found.id));
    assert.equal((await containers.removed.get(first.slice(0, 12), 'restore')).id, first);
    await assert.rejects(containers.removed.get('nobody', 'restore'), /no such removed container/);
    await assert.rejects(containers.removed.restore(first, {}), (error) => isCode(error, 'Conflict'));
    assert.equal((await containers.removed.restore(first, { name: 'old' })).name, 'old');
    assert.equal(containers.get('web', 'find').id, third);
  });

  it('go for good with purge, where nothing is to be kept, and when they never came to their start', async () => {
    assert.equal(await containers.remove(await make('aa'), { force: false, purge: true }), false);
    const { id } = await containers.create({ image: 'alpine' }, image, true);
    assert.equal(await containers.remove(id, { force: true }), false);
    scene.undoLimits = { age: 0, size: 1 };
    assert.equal(await containers.remove(await make('bb'), { force: false }), false);
    assert.deepEqual(graves(), []);
  });

  it('are deleted one by one when their time is over, without anybody asking', async () => {
    const clock = scene.clock!;
    scene.undoLimits = { age: 60_000, size: 1024 ** 3 };
    await containers.remove(await make('aa', 'x'), { force: false });
    clock.advance(1000);
    await settled();
    assert.deepEqual(await removedNames(), ['aa']);
    assert.equal(clock.count, 1, 'it waits for the end of its time');
    scene.time += 61_000;
    clock.advance(60_000);
    await settled();
    assert.deepEqual(await removedNames(), []);
    assert.equal(clock.count, 0, 'nothing is left to wait for');
  });

  it('are deleted, the oldest first, when they are too big together', async () => {
    scene.undoLimits = { age: 60_000, size: 300 * 1024 };
    for (const name of ['aa', 'bb', 'cc']) {
      await containers.remove(await make(name, 'x'.repeat(100_000)), { force: false });
      scene.time += 10;
    }
    scene.clock!.advance(1000);
    await settled();
    assert.deepEqual(await removedNames(), ['cc', 'bb']);
  });

  it('are kept to the limits by a new server as well', async () => {
    await containers.remove(await make('aa'), { force: false });
    containers.close();
    scene.time += 25 * 3_600_000;
    scene.clock = new FakeClock();
    containers = scene.make();
    await containers.recover();
    assert.deepEqual(await removedNames(), ['aa']);
    scene.clock.advance(1000);
    await settled();
    assert.deepEqual(graves(), []);
  });

  it('that can’t be kept now are removed all the same', async () => {
    const id = await make('aa');
    writeFileSync(join(scene.directory, 'removed'), 'not a folder');
    assert.equal(await containers.remove(id, { force: false }), false);
    assert.equal(containers.summary(id), undefined);
    assert.ok(!existsSync(containers.paths(id).directory));
  });

  it('are purged by what they are; damaged ones harm nobody', async () => {
    const damaged = await make('damaged');
    await containers.remove(await make('aa', 'four'), { force: false });
    await containers.remove(await make('bb', 'x'), { force: false });
    await containers.remove(damaged, { force: false });
    for (const name of graves().filter((each) => each.includes(damaged)))
      writeFileSync(join(scene.directory, 'removed', name, 'container.json'), '{');
    mkdirSync(join(scene.directory, 'removed', 'junk'));
    assert.deepEqual([...(await removedNames())].sort(), ['aa', 'bb']);
    const { deleted, freed } = await containers.removed.purge(({ name }) => name === 'aa');
    assert.deepEqual([deleted.length, freed], [1, 4]);
    assert.deepEqual(await removedNames(), ['bb']);
    assert.equal((await containers.removed.usage()).size, 1);
  });

  it('that can’t be put back stay removed, and their name is free', async () => {
    const id = await make('aa');
    await containers.remove(id, { force: false });
    mkdirSync(join(containers.paths(id).directory, 'in the way'), { recursive: true });
    await assert.rejects(containers.removed.restore(id, {}), /restore container aa/);
    assert.deepEqual(await removedNames(), ['aa']);
    await make('aa');
  });

  it('that were deleted in the moment before can’t be restored, and their name is free', async () => {
    const id = await make('aa');
    await containers.remove(id, { force: false });
    const restoring = containers.removed.restore(id, {});
    rmSync(join(scene.directory, 'removed'), { recursive: true });
    await assert.rejects(restoring, (error) => isCode(error, 'NotFound'));
    await make('aa');
  });
});
