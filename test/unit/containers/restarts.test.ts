// Containers that are started again by themselves, by hand, by a new server and after a reboot, with a clock that the test turns.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isCode } from '../../../runtime-server/src/base/errors.ts';
import type { Containers } from '../../../runtime-server/src/containers/contract.ts';
import { FakeClock, IMAGE, openScene, type Scene } from './scene.ts';

describe('restarts', () => {
  let scene: Scene;
  let clock: FakeClock;
  let containers: Containers;

  const serve = async (boot = 'one'): Promise<void> => {
    scene.boot = boot;
    scene.clock = clock = new FakeClock();
    containers = scene.make();
    await containers.recover();
  };
  /** Ends the present run, and waits until that is recorded. */
  const end = async (id: string, code: number): Promise<void> => {
    const finished = containers.finished(id);
    scene.shims.at(-1)?.exit(code);
    await finished;
  };
  /** Lets the clock run, and waits until what starts has started. */
  const after = async (id: string, milliseconds: number): Promise<void> => {
    clock.advance(milliseconds);
    await containers.start(id);
  };
  const running = async (restart: string): Promise<string> => {
    const { id } = await containers.create({ image: 'alpine', name: 'web', restart }, IMAGE);
    await containers.start(id);
    return id;
  };

  beforeEach(async () => {
    scene = await openScene();
    // What is removed waits for nothing.
    scene.undoLimits = { age: 0, size: 0 };
    await serve();
    containers.resume();
  });
  afterEach(() => {
    containers.close();
    scene.dispose();
  });

  it('start it again after a while, longer each time, and say so meanwhile', async () => {
    const id = await running('always');
    await end(id, 3);
    assert.match(containers.summary(id)?.status ?? '', /^Restarting \(3\) .* ago$/);
    assert.deepEqual(clock.waits, [100]);
    clock.advance(99);
    assert.equal(scene.shims.length, 1);
    clock.advance(1);
    await containers.rename(id, 'web2'); // behind the start
    assert.equal(containers.summary(id)?.state, 'running');
    await end(id, 3);
    assert.deepEqual(clock.waits, [100, 200]);
    assert.equal(containers.get(id, 'x').run.restarts?.count, 2);
    assert.deepEqual(scene.events.slice(0, 4), ['create:created', 'start:running', 'die:restarting', 'start:running']);
  });

  it('end with the number of failures, or with success', async () => {
    const id = await running('on-failure:1');
    await end(id, 1);
    clock.advance(100);
    await containers.rename(id, 'again');
    await end(id, 1);
    assert.deepEqual([containers.summary(id)?.state, clock.count], ['exited', 0]);
    await containers.start(id);
    assert.equal(containers.get(id, 'x').run.restarts, undefined, 'a start by hand begins to count anew');
    await end(id, 0);
    assert.equal(containers.summary(id)?.state, 'exited');
  });

  it('stop and kill win: running, and while it waits', async () => {
    for (const stop of [(id: string) => containers.stop(id), (id: string) => containers.kill(id, 15)]) {
      const id = await running('always');
      const stopping = stop(id);
      await end(id, 143);
      await stopping;
      assert.deepEqual([containers.summary(id)?.state, containers.get(id, 'x').run.stopped], ['exited', true]);
      await containers.start(id);
      await end(id, 1);
      const waited = containers.finished(id);
      await stop(id);
      assert.equal((await waited).exitCode, 1);
      assert.deepEqual([containers.summary(id)?.state, clock.count], ['exited', 0]);
      await containers.remove(id, { force: false });
    }
  });

  it('a signal that is not to stop it changes nothing', async () => {
    const id = await running('unless-stopped');
    await containers.kill(id, 1);
    await end(id, 129);
    assert.equal(containers.summary(id)?.state, 'restarting');
  });

  it('while it waits it is not removed, entered or paused without force', async () => {
    const id = await running('always');
    await end(id, 1);
    await assert.rejects(containers.remove(id, { force: false }), /it is restarting/);
    await assert.rejects(containers.pause(id), /is restarting, wait until the container is running/);
    await containers.start(id); // nothing, as in docker
    assert.equal(scene.shims.length, 1);
    await containers.remove(id, { force: true });
    assert.deepEqual([containers.list().length, clock.count], [0, 0]);
  });

  it('a start that fails by itself ends it, with the reason', async () => {
    const id = await running('always');
    await end(id, 1);
    scene.failNext = true;
    const waited = containers.finished(id);
    clock.advance(100);
    await waited;
    assert.deepEqual(
      [containers.summary(id)?.state, containers.summary(id)?.error],
      ['exited', 'start: no such command'],
    );
  });

  it('restart by hand keeps a container with --rm, and counts nothing', async () => {
    const { id } = await containers.create({ image: 'alpine', autoRemove: true }, IMAGE);
    await containers.start(id);
    const restarting = containers.restart(id);
    await end(id, 143);
    await restarting;
    assert.deepEqual([containers.summary(id)?.state, scene.shims.length], ['running', 2]);
    assert.deepEqual(scene.events.slice(2), [
      'kill:running',
      'die:restarting',
      'stop:restarting',
      'start:running',
      'restart:running',
    ]);
    await end(id, 0);
    assert.deepEqual(containers.list(), []);
  });

  it('restart starts what does not run, and what waits', async () => {
    const { id } = await containers.create({ image: 'alpine', restart: 'always' }, IMAGE);
    await containers.restart(id);
    await end(id, 1);
    await containers.restart(id);
    assert.deepEqual([containers.summary(id)?.state, scene.shims.length, clock.count], ['running', 2, 0]);
  });

  it('--restart and --rm exclude each other, also later', async () => {
    const both = { image: 'alpine', restart: 'always', autoRemove: true };
    await assert.rejects(containers.create(both, IMAGE), /conflicting options: --restart and --rm/);
    const { id } = await containers.create({ image: 'alpine', autoRemove: true }, IMAGE);
    await assert.rejects(containers.update(id, { restart: 'always' }), (error) => isCode(error, 'Conflict'));
  });

  it('update changes the policy of what runs', async () => {
    const id = await running('no');
    await containers.update(id, { restart: 'on-failure:2' });
    await assert.rejects(containers.update(id, { restart: 'sometimes' }), /unknown policy/);
    await end(id, 1);
    assert.equal(containers.summary(id)?.state, 'restarting');
  });

  it('a new server starts, once it is ready, what ended meanwhile and what waited', async () => {
    const waits = await running('always');
    await end(waits, 1);
    const { id: ends } = await containers.create({ image: 'alpine', restart: 'on-failure' }, IMAGE);
    const { id: stopped } = await containers.create({ image: 'alpine', restart: 'always' }, IMAGE);
    for (const id of [stopped, ends]) await containers.start(id);
    const stopping = containers.kill(stopped, 9);
    await stopping;
    await containers.rename(ends, 'saved'); // behind the save of its start
    containers.close();
    scene.shims.at(-1)?.exit(7);
    await serve();
    assert.deepEqual(
      [waits, ends, stopped].map((id) => containers.summary(id)?.state),
      ['restarting', 'restarting', 'exited'],
    );
    assert.equal(clock.count, 0);
    containers.resume();
    clock.advance(100);
    for (const id of [waits, ends]) await containers.rename(id, `x${id.slice(0, 4)}`);
    assert.deepEqual(
      [waits, ends].map((id) => containers.summary(id)?.state),
      ['running', 'running'],
    );
  });

  it('after a reboot what ran says so, and what is to run is started', async () => {
    const make = async (restart: string): Promise<string> => {
      const { id } = await containers.create({ image: 'alpine', restart }, IMAGE);
      await containers.start(id);
      await containers.rename(id, `n${id.slice(0, 8)}`);
      return id;
    };
    const [plain, always, stopped, halted] = [
      await make('no'),
      await make('always'),
      await make('always'),
      await make('unless-stopped'),
    ];
    for (const id of [stopped, halted]) await containers.kill(id, 9);
    containers.close();
    for (const shim of scene.shims) shim.die();
    await serve('two');
    assert.deepEqual(
      [plain, always, stopped, halted].map((id) => containers.summary(id)?.state),
      ['exited', 'restarting', 'restarting', 'exited'],
    );
    assert.deepEqual(
      [containers.summary(plain)?.exitCode, containers.summary(plain)?.error],
      [255, 'the machine was restarted while it ran'],
    );
    containers.resume();
    await after(always, 0);
    clock.advance(0);
    await containers.rename(stopped, 'behind');
    assert.deepEqual(
      [always, stopped].map((id) => containers.get(id, 'x').run).map(({ state, boot }) => [state, boot]),
      [
        ['running', 'two'],
        ['running', 'two'],
      ],
    );
  });
});

describe('rename', () => {
  it('takes the new name at once and frees the old one; one that is taken stays', async () => {
    const scene = await openScene();
    const containers = scene.make();
    const { id } = await containers.create({ image: 'alpine', name: 'one' }, IMAGE);
    await containers.create({ image: 'alpine', name: 'two' }, IMAGE);
    await assert.rejects(containers.rename(id, 'two'), /the name is taken by container/);
    await assert.rejects(containers.rename(id, 'one'), /that is its name already/);
    await assert.rejects(containers.rename(id, '../x'), (error) => isCode(error, 'InvalidArgument'));
    await containers.rename(id, 'three');
    await containers.create({ image: 'alpine', name: 'one' }, IMAGE);
    const again = scene.make();
    await again.recover();
    assert.equal(again.get('three', 'x').id, id);
    scene.dispose();
  });
});
