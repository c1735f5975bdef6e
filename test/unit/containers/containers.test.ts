// The state machine of containers against a fake launcher and a fake shim that speaks the real frames on a real socket.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FRAME } from '../../../runtime-server/protocol/frames.ts';
import { isCode, launcherFailed } from '../../../runtime-server/src/base/errors.ts';
import { createWorkspace } from '../../../runtime-server/src/base/workspace.ts';
import { createContainers } from '../../../runtime-server/src/containers/containers.ts';
import type { Containers } from '../../../runtime-server/src/containers/contract.ts';
import type { SourceImage } from '../../../runtime-server/src/containers/ports.ts';
import { createContainerStore } from '../../../runtime-server/src/containers/store.ts';
import { encodeFrame } from '../../../runtime-server/src/launcher/frame-stream.ts';
import { readStartTime } from '../../../runtime-server/src/launcher/process.ts';
import {
  requireDelegation,
  type Cgroups,
  type CgroupTarget,
  type Delegation,
} from '../../../runtime-server/src/launcher/cgroups.ts';
import type { OciResources } from '../../../runtime-server/src/launcher/oci-spec.ts';
import type { ShimOptions } from '../../../runtime-server/src/launcher/shim.ts';

const image: SourceImage = {
  id: 'sha256:1',
  manifestDigest: 'sha256:2',
  reference: 'alpine',
  diffIds: [],
  config: { Cmd: ['sh'] },
};

/** A shim as the server sees it. */
class FakeShim {
  readonly signals: number[] = [];
  released = false;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly options: ShimOptions;

  constructor(options: ShimOptions) {
    this.options = options;
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('data', (chunk) => {
        if (chunk[0] === FRAME.Hello) socket.write(encodeFrame(FRAME.HelloOk, Buffer.from([1, 0, 0, 0, 0, 77])));
        for (let at = 0; at < chunk.length; at += 8 + chunk.readUInt32BE(at + 4))
          this.take(chunk[at] ?? 0, chunk[at + 8] ?? 0);
      });
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.server.listen(this.options.socket, resolve));
  }

  /** The container's process ends with `code`. */
  exit(code: number, oomKilled = false): void {
    mkdirSync(dirname(this.options.exitFile), { recursive: true });
    writeFileSync(
      this.options.exitFile,
      JSON.stringify({
        exitCode: code,
        oomKilled,
        startedAt: '2026-01-01T00:00:00Z',
        finishedAt: '2026-01-01T00:00:01Z',
      }),
    );
    for (const socket of this.sockets) socket.end(encodeFrame(FRAME.Exit, Buffer.from([0, 0, 0, code])));
    this.server.close();
  }

  /** kill -9. */
  die(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private take(type: number, first: number): void {
    if (type === FRAME.Signal) {
      this.signals.push(first);
      if (first === 9) this.exit(137);
    }
    if (type === FRAME.Release) this.released = true;
  }
}

/** The cgroups of a machine that delegates, or does not. */
class FakeCgroups implements Cgroups {
  delegation: Delegation = { path: '/sys/fs/cgroup/slipway-1', reason: '' };
  readonly calls: string[] = [];
  readonly frozen = new Set<string>();
  readonly path = (id: string): string | undefined => this.delegation.path && `${this.delegation.path}/c/${id}`;
  readonly freeze = ({ id }: CgroupTarget, doing: string): Promise<void> => {
    requireDelegation(this.delegation, doing);
    this.frozen.add(id);
    return Promise.resolve();
  };
  readonly thaw = ({ id }: CgroupTarget): Promise<void> => {
    this.frozen.delete(id);
    this.calls.push('thaw');
    return Promise.resolve();
  };
  readonly update = (_: CgroupTarget, resources: OciResources): Promise<void> => {
    this.calls.push(JSON.stringify(resources));
    return Promise.resolve();
  };
  readonly remove = (): Promise<void> => {
    this.calls.push('remove');
    return Promise.resolve();
  };
  readonly isFrozen = (id: string): Promise<boolean> => Promise.resolve(this.frozen.has(id));
}

describe('containers', () => {
  let cgroups = new FakeCgroups();
  let directory = '';
  let shims: FakeShim[] = [];
  let events: string[] = [];
  let failNext = false;
  let containers: Containers;

  const make = (): Containers => {
    const workspace = createWorkspace({ dataDirectory: directory });
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    return createContainers({
      store: createContainerStore({ dataDirectory: directory, runtimeDirectory: join(directory, 'r'), workspace, log }),
      launcher: {
        start: async (options) => {
          if (failNext) throw launcherFailed('start: no such command', { detail: { exitCode: 127 } });
          const shim = new FakeShim(options);
          await shim.listen();
          shims.push(shim);
          return { pid: 77, startTime: 1 };
        },
      },
      layers: { lowerDirs: () => Promise.resolve(['/layer']) },
      seccomp: () => Promise.resolve({ defaultAction: 'SCMP_ACT_ERRNO', architectures: [], syscalls: [] }),
      cgroups,
      ownsMachine: true,
      log,
      now: () => new Date('2026-01-01T00:00:02Z'),
      onChange: (action, _id, summary) => events.push(`${action}:${summary?.state ?? 'gone'}`),
    });
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sc-'));
    await createWorkspace({ dataDirectory: directory }).start();
    shims = [];
    events = [];
    failNext = false;
    cgroups = new FakeCgroups();
    containers = make();
  });
  afterEach(() => {
    containers.close();
    for (const shim of shims) shim.die();
    rmSync(directory, { recursive: true, force: true });
  });

  it('goes from created over running to exited, and tells each step once', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    const finished = containers.finished(id);
    shims[0]?.exit(3);
    assert.equal((await finished).exitCode, 3);
    assert.deepEqual(events, ['create:created', 'start:running', 'die:exited']);
    assert.equal(containers.summary(id)?.status, 'Exited (3) 1 second ago');
  });

  it('starting a running container does nothing; starting it again after its end does', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await Promise.all([containers.start(id), containers.start(id)]);
    assert.equal(shims.length, 1);
    shims[0]?.exit(0);
    await containers.finished(id);
    await containers.start(id);
    assert.equal(shims.length, 2);
  });

  it('--rm removes it with its files, and `finished` means gone', async () => {
    const { id } = await containers.create({ image: 'alpine', autoRemove: true }, image);
    await containers.start(id);
    const finished = containers.finished(id);
    shims[0]?.exit(0);
    await finished;
    assert.equal(containers.summary(id), undefined);
    assert.deepEqual(readdirSync(join(directory, 'containers')), []);
    assert.deepEqual(events.slice(-2), ['die:exited', 'destroy:gone']);
  });

  it('a failed start keeps the container, its reason, and no socket', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    failNext = true;
    await assert.rejects(containers.start(id), /no such command/);
    assert.deepEqual(
      [containers.summary(id)?.state, containers.summary(id)?.error],
      ['created', 'start: no such command'],
    );
    assert.deepEqual(readdirSync(join(directory, 'r', 'c')), []);
  });

  it('does not remove a running container without force', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    await assert.rejects(containers.remove(id, { force: false }), (error) => isCode(error, 'Conflict'));
    await containers.remove(id, { force: true });
    assert.deepEqual(shims[0]?.signals, [9]);
    assert.equal(containers.summary(id), undefined);
  });

  it('stop asks with the stop signal and kills after the time is over', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    await containers.stop(id, 0.05);
    assert.deepEqual(shims[0]?.signals, [15, 9]);
    assert.equal(containers.summary(id)?.exitCode, 137);
    await containers.stop(id, 1);
  });

  it('a shim that vanishes without a word leaves 137 and a reason', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    const finished = containers.finished(id);
    shims[0]?.die();
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
    assert.equal(readdirSync(join(directory, 'containers')).length, 1);
    assert.deepEqual(readdirSync(join(directory, 'tmp')), []);
  });

  it('a new server adopts what runs, releases what was held, and learns of what ended', async () => {
    const { id: running } = await containers.create({ image: 'alpine', name: 'running' }, image);
    const { id: ended } = await containers.create({ image: 'alpine', name: 'ended' }, image);
    const { id: brief } = await containers.create({ image: 'alpine', name: 'brief', autoRemove: true }, image);
    for (const id of [running, ended, brief]) await containers.start(id, { hold: true });
    containers.close();
    shims[1]?.exit(9);
    shims[2]?.exit(0);
    containers = make();
    await containers.recover();
    assert.equal(containers.summary(running)?.state, 'running');
    assert.deepEqual([containers.summary(ended)?.state, containers.summary(ended)?.exitCode], ['exited', 9]);
    assert.equal(containers.summary(brief), undefined);
    const finished = containers.finished(running);
    await containers.kill(running, 9);
    assert.equal((await finished).exitCode, 137);
    assert.ok(shims[0]?.released);
  });

  it('one that can’t be removed at its end stays, exited, and harms nobody', async () => {
    const { id } = await containers.create({ image: 'alpine', autoRemove: true }, image);
    await containers.start(id);
    const finished = containers.finished(id);
    rmSync(join(directory, 'trash'), { recursive: true });
    writeFileSync(join(directory, 'trash'), 'not a folder');
    shims[0]?.exit(2);
    assert.equal((await finished).exitCode, 2);
    assert.equal(containers.summary(id)?.state, 'exited');
    rmSync(join(directory, 'trash'));
    mkdirSync(join(directory, 'trash'));
    await containers.remove(id, { force: false });
    assert.equal(containers.summary(id), undefined);
  });

  it('a container whose record is damaged is seen, can’t be started, and can be removed', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    writeFileSync(join(directory, 'containers', id, 'container.json'), '');
    containers = make();
    await containers.recover();
    assert.equal(containers.summary(id)?.state, 'dead');
    await assert.rejects(containers.start(id), (error) => isCode(error, 'Conflict'));
    await containers.remove(id, { force: false });
    assert.deepEqual(readdirSync(join(directory, 'containers')), []);
  });

  it('a stop that comes while it starts is not lost', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    const starting = containers.start(id);
    const stopping = containers.stop(id, 0.01);
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
    assert.deepEqual(events, ['create:created', 'start:running', 'pause:paused', 'unpause:running']);
  });

  it('a paused container can be stopped, killed and removed', async () => {
    for (const end of [
      (id: string) => containers.stop(id, 0.02),
      (id: string) => containers.kill(id, 9),
      (id: string) => containers.remove(id, { force: true }),
    ]) {
      const { id } = await containers.create({ image: 'alpine' }, image);
      await containers.start(id);
      await containers.pause(id);
      await end(id);
      assert.notEqual(containers.summary(id)?.state, 'paused');
    }
    assert.deepEqual(shims[0]?.signals, [15, 9]);
    assert.deepEqual(cgroups.calls, ['thaw']);
  });

  it('a new server sees what is paused', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    await containers.pause(id);
    containers.close();
    containers = make();
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
    containers = make();
    await containers.recover();
    assert.equal(containers.summary(id)?.state, 'running');
    await containers.hold(id);
    await containers.unpause(id);
    await containers.pause(id);
    containers.close();
    containers = make();
    await containers.recover();
    assert.equal(containers.summary(id)?.state, 'paused');
  });

  it('who reads its files is ended before they are removed', async () => {
    const { id } = await containers.create({ image: 'alpine', name: 'one' }, image);
    const steps: string[] = [];
    const reading = containers.read(id, async ({ upper, hide }, signal) => {
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
    cgroups.delegation = { reason: 'this machine uses cgroup v1' };
    const limited = { image: 'alpine', host: { memory: 2 ** 26 } };
    await assert.rejects(
      containers.create(limited, image),
      /^EngineError: limit container: this machine uses cgroup v1$/,
    );
    assert.deepEqual(containers.list(), []);
    const { id } = await containers.create({ image: 'alpine', host: { pidsLimit: -1 } }, image);
    await containers.start(id);
    await assert.rejects(containers.pause(id), /this machine uses cgroup v1/);
    await assert.rejects(containers.update(id, { pidsLimit: 5 }), /this machine uses cgroup v1/);
    assert.equal(containers.summary(id)?.state, 'running');
  });

  it('update changes record and kernel; what is not given stays', async () => {
    const { id } = await containers.create({ image: 'alpine', host: { memory: 2 ** 26, readonlyRootfs: true } }, image);
    await containers.start(id);
    await containers.update(id, { pidsLimit: 7 });
    assert.deepEqual(containers.get(id, 'x').config.host, { memory: 2 ** 26, readonlyRootfs: true, pidsLimit: 7 });
    assert.deepEqual(cgroups.calls, ['{"memory":{"limit":67108864,"swap":134217728},"pids":{"limit":7}}']);
    await assert.rejects(containers.update(id, { memory: 5 }), /Minimum memory limit allowed is 6MB/);
    await assert.rejects(containers.update(id, {}), /nothing to change/);
    await assert.rejects(containers.update(id, { privileged: true } as object), /privileged is no limit/);
  });

  it('an OOM kill is told and kept; a killed shim’s cgroup is removed', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    const finished = containers.finished(id);
    shims[0]?.exit(137, true);
    assert.equal((await finished).oomKilled, true);
    assert.deepEqual(events.slice(-2), ['oom:exited', 'die:exited']);
    await containers.start(id);
    const again = containers.finished(id);
    shims[1]?.die();
    await again;
    assert.deepEqual(cgroups.calls, ['remove']);
    assert.equal(containers.get(id, 'x').run.oomKilled, undefined);
  });

  it('a very long time-out is not none', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    const stopping = containers.stop(id, 1e12);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(shims[0]?.signals, [15]);
    shims[0].exit(0);
    await stopping;
  });

  it('a shim that does not answer keeps no server from starting, and its container is taken over later', async () => {
    const { id } = await containers.create({ image: 'alpine' }, image);
    await containers.start(id);
    await new Promise((resolve) => setTimeout(resolve, 20));
    containers.close();
    shims[0]?.die();
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(containers.paths(id).attachSocket, resolve));
    const record = containers.get(id, 'x');
    // Its process lives: this one stands for it.
    const startTime = await readStartTime(process.pid);
    writeFileSync(
      join(directory, 'containers', id, 'container.json'),
      JSON.stringify({ ...record, run: { ...record.run, pid: process.pid, startTime } }),
    );
    containers = make();
    await containers.recover();
    assert.equal(containers.summary(id)?.state, 'running');
    await assert.rejects(containers.remove(id, { force: true }), (error) => isCode(error, 'Unavailable'));
    silent.close();
  });
});
