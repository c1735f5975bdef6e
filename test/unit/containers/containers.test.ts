// The state machine of containers against a fake launcher and a fake shim that speaks the real frames on a real socket.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isCode } from '../../../runtime-server/src/base/errors.ts';
import type { Containers } from '../../../runtime-server/src/containers/contract.ts';
import { readStartTime } from '../../../runtime-server/src/launcher/process.ts';
import { IMAGE as image, openScene, type Scene } from './scene.ts';

describe('containers', () => {
  let scene: Scene;
  let containers: Containers;

  beforeEach(async () => {
    scene = await openScene();
    containers = scene.make();
  });
  afterEach(() => {
    containers.close();
    scene.dispose();
  });

  it('goes from created over running to exited, and tells each step once', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    const finished = containers.finished(id);
    scene.shims[0]?.exit(3);
    assert.equal((await finished).exitCode, 3);
    assert.deepEqual(scene.events, ['create:created', 'start:running', 'die:exited']);
    assert.equal(containers.summary(id)?.status, 'Exited (3) 1 second ago');
  });

  it('starting a running container does nothing; starting it again after its end does', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await Promise.all([containers.start(id), containers.start(id)]);
    assert.equal(scene.shims.length, 1);
    scene.shims[0]?.exit(0);
    await containers.finished(id);
    await containers.start(id);
    assert.equal(scene.shims.length, 2);
  });

  it('--rm removes it with its files, and `finished` means gone', async () => {
    const { id } = await containers.create({ image: 'alpine', autoRemove: true }, image);
    await containers.start(id);
    const finished = containers.finished(id);
    scene.shims[0]?.exit(0);
    await finished;
    assert.equal(containers.summary(id), undefined);
    assert.deepEqual(readdirSync(join(scene.directory, 'containers')), []);
    assert.deepEqual(scene.events.slice(-2), ['die:exited', 'destroy:gone']);
  });

  it('a failed start keeps the container, its reason, and no socket', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    scene.failNext = true;
    await assert.rejects(containers.start(id), /no such command/);
    assert.deepEqual(
      [containers.summary(id)?.state, containers.summary(id)?.error],
      ['created', 'start: no such command'],
    );
    assert.deepEqual(readdirSync(join(scene.directory, 'r', 'c')), []);
  });

  it('does not remove a running container without force', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    await assert.rejects(containers.remove(id, { force: false }), (error) => isCode(error, 'Conflict'));
    await containers.remove(id, { force: true });
    assert.deepEqual(scene.shims[0]?.signals, [9]);
    assert.equal(containers.summary(id), undefined);
  });

  it('stop asks with the stop signal and kills after the time is over', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    await containers.stop(id, { timeout: 0.05 });
    assert.deepEqual(scene.shims[0]?.signals, [15, 9]);
    assert.equal(containers.summary(id)?.exitCode, 137);
    await containers.stop(id, { timeout: 1 });
  });

  it('a shim that vanishes without a word leaves 137 and a reason', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    const finished = containers.finished(id);
    scene.shims[0]?.die();
    const state = await finished;
    assert.deepEqual([state.state, state.exitCode, state.error], ['exited', 137, 'its shim was killed']);
  });

  it('names are taken from the first moment and free after removal', async () => {
    const creating = containers.create({ image: 'alpine', name: 'same' }, image);
    await assert.rejects(containers.create({ image: 'alpine', name: 'same' }, image), (error) =>
      isCode(error, 'Conflict'),
    );
    const { id } = await creating;
    await containers.remove(id, { force: false });
    await containers.create({ image: 'alpine', name: 'same' }, image);
  });

  it('a refused create leaves neither name nor files', async () => {
    await assert.rejects(containers.create({ image: 'alpine', name: 'bad', hostname: '-' }, image));
    await containers.create({ image: 'alpine', name: 'bad' }, image);
    assert.equal(readdirSync(join(scene.directory, 'containers')).length, 1);
    assert.deepEqual(readdirSync(join(scene.directory, 'tmp')), []);
  });

  it('a new server adopts what runs, releases what was held, and learns of what ended', async () => {
    const { id: running } = await containers.create({ image: 'alpine', name: 'running' }, image);
    const { id: ended } = await containers.create({ image: 'alpine', name: 'ended' }, image);
    const { id: brief } = await containers.create({ image: 'alpine', name: 'brief', autoRemove: true }, image);
    for (const id of [running, ended, brief]) await containers.start(id, { hold: true });
    containers.close();
    scene.shims[1]?.exit(9);
    scene.shims[2]?.exit(0);
    containers = scene.make();
    await containers.recover();
    assert.equal(containers.summary(running)?.state, 'running');
    assert.deepEqual([containers.summary(ended)?.state, containers.summary(ended)?.exitCode], ['exited', 9]);
    assert.equal(containers.summary(brief), undefined);
    const finished = containers.finished(running);
    await containers.kill(running, 9);
    assert.equal((await finished).exitCode, 137);
    assert.ok(scene.shims[0]?.released);
  });

  it('one that can’t be removed at its end stays, exited, and harms nobody', async () => {
    const { id } = await containers.create({ image: 'alpine', autoRemove: true }, image);
    await containers.start(id);
    const finished = containers.finished(id);
    rmSync(join(scene.directory, 'trash'), { recursive: true });
    for (const name of ['trash', 'removed']) writeFileSync(join(scene.directory, name), 'not a folder');
    scene.shims[0]?.exit(2);
    assert.equal((await finished).exitCode, 2);
    assert.equal(containers.summary(id)?.state, 'exited');
    rmSync(join(scene.directory, 'trash'));
    mkdirSync(join(scene.directory, 'trash'));
    await containers.remove(id, { force: false });
    assert.equal(containers.summary(id), undefined);
  });

  it('a container whose record is damaged is seen, can’t be started, and can be removed', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    writeFileSync(join(scene.directory, 'containers', id, 'container.json'), '');
    containers = scene.make();
    await containers.recover();
    assert.equal(containers.summary(id)?.state, 'dead');
    await assert.rejects(containers.start(id), (error) => isCode(error, 'Conflict'));
    await containers.remove(id, { force: false });
    assert.deepEqual(readdirSync(join(scene.directory, 'containers')), []);
  });

  it('a stop that comes while it starts is not lost', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    const starting = containers.start(id);
    const stopping = containers.stop(id, { timeout: 0.01 });
    await starting;
    await stopping;
    assert.equal(containers.summary(id)?.state, 'exited');
  });

  it('pauses and goes on, tells each, and refuses what makes no sense', async () => {
    const { id } = await containers.create({ image: 'alpine', name: 'one' }, image);
    await assert.rejects(containers.pause(id), /^EngineError: pause one: the container is not running$/);
    await containers.start(id);
    await assert.rejects(containers.unpause(id), /unpause one: the container is not paused$/);
    await containers.pause(id);
    assert.equal(containers.summary(id)?.state, 'paused');
    assert.match(containers.summary(id)?.status ?? '', /^Up .* \(Paused\)$/);
    await assert.rejects(containers.pause(id), /already paused/);
    await assert.rejects(containers.start(id), /cannot start a paused container, try unpause instead/);
    await assert.rejects(
      async () => containers.exec(id, { args: ['sh'], env: [], tty: false, interactive: false }),
      /the container is paused, unpause the container before exec/,
    );
    await assert.rejects(containers.remove(id, { force: false }), /it is paused/);
    await containers.unpause(id);
    assert.equal(containers.summary(id)?.state, 'running');
    assert.deepEqual(scene.events, ['create:created', 'start:running', 'pause:paused', 'unpause:running']);
  });

  it('a paused container can be stopped, killed and removed', async () => {
    for (const end of [
      (id: string) => containers.stop(id, { timeout: 0.02 }),
      (id: string) => containers.kill(id, 9),
      (id: string) => containers.remove(id, { force: true }),
    ]) {
      const { id } = await containers.create({ image: 'alpine' }, image);
      await containers.start(id);
      await containers.pause(id);
      await end(id);
      assert.notEqual(containers.summary(id)?.state, 'paused');
    }
    assert.deepEqual(scene.shims[0]?.signals, [15, 9]);
    assert.deepEqual(scene.cgroups.calls, ['thaw']);
  });

  it('a new server sees what is paused', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    await containers.pause(id);
    containers.close();
    containers = scene.make();
    await containers.recover();
    assert.equal(containers.summary(id)?.state, 'paused');
  });

  it('what was held for a while goes on with a new server, and after unpause', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await assert.rejects(containers.hold(id), /the container is not running/);
    await containers.start(id);
    await containers.hold(id);
    assert.equal(containers.summary(id)?.state, 'paused');
    await assert.rejects(containers.hold(id), /already paused/);
    containers.close();
    containers = scene.make();
    await containers.recover();
    assert.equal(containers.summary(id)?.state, 'running');
    await containers.hold(id);
    await containers.unpause(id);
    await containers.pause(id);
    containers.close();
    containers = scene.make();
    await containers.recover();
    assert.equal(containers.summary(id)?.state, 'paused');
  });

  it('who reads its files is ended before they are removed', async () => {
    const { id } = await containers.create({ image: 'alpine', name: 'one' }, image);
    const steps: string[] = [];
    const reading = containers.read(id, async ({ uppers: [upper = ''], hide }, signal) => {
      assert.ok(existsSync(upper) && hide.includes('etc/hosts'));
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      await Promise.resolve();
      steps.push(existsSync(upper) ? 'ended' : 'too late');
      throw signal.reason;
    });
    await Promise.all([
      assert.rejects(reading, /^EngineError: read one: the container is being removed$/),
      containers.remove(id, { force: false }),
    ]);
    assert.deepEqual(steps, ['ended']);
  });

  it('without a cgroup, limits, pause and update are refused with the reason, before anything is made', async () => {
    scene.cgroups.delegation = { reason: 'this machine uses cgroup v1' };
    const limited = { image: 'alpine', host: { memory: 2 ** 26 } };
    await assert.rejects(containers.check(limited), /^EngineError: limit container: this machine uses cgroup v1$/);
    const { id } = await containers.create({ image: 'alpine', host: { pidsLimit: -1 } }, image);
    await containers.start(id);
    await assert.rejects(containers.pause(id), /this machine uses cgroup v1/);
    await assert.rejects(containers.update(id, { pidsLimit: 5 }), /this machine uses cgroup v1/);
    assert.equal(containers.summary(id)?.state, 'running');
    const old = await containers.create(limited, image);
    await assert.rejects(containers.start(old.id), /limit \w+: this machine uses cgroup v1/);
  });

  it('update changes record and kernel; what is not given stays', async () => {
    const { id } = await containers.create({ image: 'alpine', host: { memory: 2 ** 26, readonlyRootfs: true } }, image);
    await containers.start(id);
    await containers.update(id, { pidsLimit: 7 });
    assert.deepEqual(containers.get(id, 'x').config.host, { memory: 2 ** 26, readonlyRootfs: true, pidsLimit: 7 });
    assert.deepEqual(scene.cgroups.calls, ['{"memory":{"limit":67108864,"swap":134217728},"pids":{"limit":7}}']);
    await assert.rejects(containers.update(id, { memory: 5 }), /Minimum memory limit allowed is 6MB/);
    await assert.rejects(containers.update(id, {}), /nothing to change/);
    await assert.rejects(containers.update(id, { privileged: true } as object), /privileged is no limit/);
  });

  it('an OOM kill is told and kept; a killed shim’s cgroup is removed', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    const finished = containers.finished(id);
    scene.shims[0]?.exit(137, true);
    assert.equal((await finished).oomKilled, true);
    assert.deepEqual(scene.events.slice(-2), ['oom:exited', 'die:exited']);
    await containers.start(id);
    const again = containers.finished(id);
    scene.shims[1]?.die();
    await again;
    assert.deepEqual(scene.cgroups.calls, ['remove']);
    assert.equal(containers.get(id, 'x').run.oomKilled, undefined);
  });

  it('a very long time-out is not none', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    const stopping = containers.stop(id, { timeout: 1e12 });
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(scene.shims[0]?.signals, [15]);
    scene.shims[0].exit(0);
    await stopping;
  });

  it('a shim that does not answer keeps no server from starting, and its container is taken over later', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    await new Promise((resolve) => setTimeout(resolve, 20));
    containers.close();
    scene.shims[0]?.die();
    const callers: Socket[] = [];
    const silent = createServer((socket) => callers.push(socket));
    await new Promise<void>((resolve) => silent.listen(containers.paths(id).attachSocket, resolve));
    const record = containers.get(id, 'x');
    // Its process lives: this one stands for it.
    const startTime = await readStartTime(process.pid);
    writeFileSync(
      join(scene.directory, 'containers', id, 'container.json'),
      JSON.stringify({ ...record, run: { ...record.run, pid: process.pid, startTime } }),
    );
    containers = scene.make();
    await containers.recover();
    assert.equal(containers.summary(id)?.state, 'running');
    await assert.rejects(containers.remove(id, { force: true }), (error) => isCode(error, 'Unavailable'));
    containers.close();
    silent.close();
    for (const socket of callers) socket.destroy();
  });
});
