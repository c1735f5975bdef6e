// Containers with a fake launcher, fake shims that speak the real frames on real sockets, and a clock that tests turn.
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Change } from '../../../runtime-server/protocol/models.ts';
import { FRAME } from '../../../runtime-server/protocol/frames.ts';
import { launcherFailed } from '../../../runtime-server/src/base/errors.ts';
import { schedule, type Schedule } from '../../../runtime-server/src/base/schedule.ts';
import { root } from '../../../runtime-server/src/base/validate.ts';
import { createWorkspace } from '../../../runtime-server/src/base/workspace.ts';
import { createContainers } from '../../../runtime-server/src/containers/containers.ts';
import type { Containers } from '../../../runtime-server/src/containers/contract.ts';
import type { SourceImage, UpperTool } from '../../../runtime-server/src/containers/ports.ts';
import { createRemovedStore } from '../../../runtime-server/src/containers/removed-store.ts';
import { createFrozen } from '../../../runtime-server/src/containers/snapshots/frozen.ts';
import { createSnapshotStore } from '../../../runtime-server/src/containers/snapshots/store.ts';
import { createContainerStore } from '../../../runtime-server/src/containers/store.ts';
import { readUndoLimits, type UndoLimits } from '../../../runtime-server/src/containers/undo-limits.ts';
import {
  requireDelegation,
  type Cgroups,
  type CgroupTarget,
  type Delegation,
} from '../../../runtime-server/src/launcher/cgroups.ts';
import { encodeFrame } from '../../../runtime-server/src/launcher/frame-stream.ts';
import { createVolumes } from '../../../runtime-server/src/volumes/volumes.ts';
import type { OciResources } from '../../../runtime-server/src/launcher/oci-spec.ts';
import type { ShimOptions } from '../../../runtime-server/src/launcher/shim.ts';

export const IMAGE: SourceImage = {
  id: 'sha256:1',
  manifestDigest: 'sha256:2',
  reference: 'alpine',
  diffIds: [],
  config: { Cmd: ['sh'] },
};

/** A shim as the server sees it. */
export class FakeShim {
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
export class FakeCgroups implements Cgroups {
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
  readonly check = (resources: OciResources, doing: string): Promise<void> => {
    requireDelegation(this.delegation, doing);
    this.calls.push(`check ${JSON.stringify(resources)}`);
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

/** What reads and copies containers' directories, here without a word of overlay's. */
export class FakeUppers implements UpperTool {
  /** How often something was copied whole. */
  copies = 0;
  readonly changes = async function* ({
    uppers,
    hide,
  }: {
    uppers: readonly string[];
    hide: readonly string[];
  }): AsyncGenerator<Change, void, undefined> {
    await Promise.resolve();
    for (const name of readdirSync(uppers[0] ?? '')) if (!hide.includes(name)) yield { kind: 'A', path: `/${name}` };
  };
  readonly copy = async (from: string, to: string, { shell = false }: { shell?: boolean }): Promise<void> => {
    if (shell) chmodSync(to, statSync(from).mode);
    else cpSync(from, to, { recursive: true, preserveTimestamps: true });
    if (!shell) this.copies++;
    await Promise.resolve();
  };
  readonly sync = (): Promise<void> => Promise.resolve();
}

/** What is to be done later, done when the test says so. */
export class FakeClock {
  readonly waits: number[] = [];
  private pending: { readonly at: number; readonly work: () => void }[] = [];
  private now = 0;

  readonly schedule: Schedule = (milliseconds, work) => {
    const entry = { at: this.now + milliseconds, work };
    this.waits.push(milliseconds);
    this.pending.push(entry);
    return () => {
      this.pending = this.pending.filter((other) => other !== entry);
    };
  };

  /** How much is still to be done. */
  get count(): number {
    return this.pending.length;
  }

  advance(milliseconds: number): void {
    this.now += milliseconds;
    const due = this.pending.filter(({ at }) => at <= this.now);
    this.pending = this.pending.filter(({ at }) => at > this.now);
    for (const { work } of due) work();
  }
}

export interface Scene {
  readonly directory: string;
  readonly shims: FakeShim[];
  /** `action:state` of each. */
  readonly events: string[];
  /** `action:name` of each. */
  readonly volumeEvents: string[];
  failNext: boolean;
  cgroups: FakeCgroups;
  readonly uppers: FakeUppers;
  /** Names the boot of servers that are made from now on. */
  boot: string;
  undoLimits: UndoLimits;
  /** Of servers that are made from now on; absent: the real one. */
  clock: FakeClock | undefined;
  /** How the launcher's processes begin; by default as container 77. */
  onStart: (options: ShimOptions, shim: FakeShim) => void;
  /** The time of day, in milliseconds. */
  time: number;
  /** The containers of a new server over the same directory. */
  make(): Containers;
  dispose(): void;
}

export async function openScene(): Promise<Scene> {
  const directory = mkdtempSync(join(tmpdir(), 'sc-'));
  await createWorkspace({ dataDirectory: directory }).start();
  const scene: Scene = {
    directory,
    shims: [],
    events: [],
    volumeEvents: [],
    failNext: false,
    cgroups: new FakeCgroups(),
    uppers: new FakeUppers(),
    boot: 'one',
    undoLimits: readUndoLimits(root({})),
    time: Date.parse('2026-01-01T00:00:02Z'),
    clock: undefined,
    onStart: () => undefined,
    make: () => makeContainers(scene),
    dispose: () => {
      for (const shim of scene.shims) shim.die();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return scene;
}

function makeContainers(scene: Scene): Containers {
  const { directory } = scene;
  const workspace = createWorkspace({ dataDirectory: directory });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const store = createContainerStore({
    dataDirectory: directory,
    runtimeDirectory: join(directory, 'r'),
    workspace,
    log,
  });
  const volumes = createVolumes({
    dataDirectory: directory,
    workspace,
    log,
    now: () => new Date('2026-01-01T00:00:02Z'),
    onChange: (action, name) => scene.volumeEvents.push(`${action}:${name}`),
  });
  return createContainers({
    ...{
      workspace,
      uppers: scene.uppers,
      frozen: createFrozen({ dataDirectory: directory, workspace, tool: scene.uppers }),
    },
    snapshots: createSnapshotStore(directory, log),
    store,
    removedStore: createRemovedStore({ dataDirectory: directory, store, workspace, volumes }),
    undoLimits: () => Promise.resolve(scene.undoLimits),
    launcher: {
      start: async (options) => {
        if (scene.failNext) throw launcherFailed('start: no such command', { detail: { exitCode: 127 } });
        const shim = new FakeShim(options);
        await shim.listen();
        scene.shims.push(shim);
        scene.onStart(options, shim);
        return { pid: 77, startTime: 1 };
      },
    },
    layers: { lowerDirs: () => Promise.resolve(['/layer']) },
    volumes,
    seccomp: () => Promise.resolve({ defaultAction: 'SCMP_ACT_ERRNO', architectures: [], syscalls: [] }),
    cgroups: scene.cgroups,
    ownsMachine: true,
    initProgram: '/bin/slipway-init',
    log,
    now: () => new Date(scene.time),
    schedule: scene.clock?.schedule ?? schedule,
    boot: scene.boot,
    onChange: ({ action, container, detail = container?.state ?? 'gone' }) => scene.events.push(`${action}:${detail}`),
  });
}
