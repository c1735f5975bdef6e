// Puts the parts together: which implementation serves which port. No logic, no process-wide state.

import { readdir, rm } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { createSettingsReader } from '../base/settings.ts';
import type { VersionInfo } from '../../protocol/models.ts';
import { PRODUCT_VERSION, PROTOCOL_VERSION } from '../../protocol/version.ts';
import type { Logger } from '../base/log.ts';
import { compact } from '../base/validate.ts';
import { schedule } from '../base/schedule.ts';
import { createWorkspace, type Workspace } from '../base/workspace.ts';
import { createContainers } from '../containers/containers.ts';
import { readLogSettings } from '../containers/log-config.ts';
import { createInside } from '../containers/inside.ts';
import type { Containers } from '../containers/contract.ts';
import type { LayerSource } from '../containers/ports.ts';
import { isActive } from '../containers/states.ts';
import { createRemovedStore } from '../containers/removed-store.ts';
import { createSnapshotParts } from '../containers/snapshots/parts.ts';
import { createContainerStore } from '../containers/store.ts';
import { describeVolume } from '../engine/volumes.ts';
import { readUndoLimits } from '../containers/undo-limits.ts';
import { createEngine, type Engine } from '../engine/engine.ts';
import { createEventBus, type EventBus } from '../engine/events.ts';
import { createImages } from '../images/create.ts';
import type { Images, LoginPlace, ProxySettings } from '../images/images.ts';
import { checkHost } from '../launcher/host.ts';
import { DEFAULT_CAPABILITIES } from '../launcher/capabilities.ts';
import { createCgroups, removeOwnCgroup, runtimeRunner, type Cgroups, type Delegation } from '../launcher/cgroups.ts';
import { seccompFromFile, type SeccompSource } from '../launcher/seccomp.ts';
import { createLauncherProcess } from '../launcher/launcher-process.ts';
import { createLauncher } from '../launcher/shim.ts';
import { createVolumes, type Volumes } from '../volumes/volumes.ts';
import { hostPlatform } from '../oci/platform.ts';
import { familiar, parseReference } from '../oci/reference.ts';
import type { ServerArguments } from './arguments.ts';

const HOST = hostPlatform(process.arch);

export interface Surroundings {
  readonly settingsPath: string;
  readonly proxy: ProxySettings;
  readonly logins: LoginPlace;
  /** Who started the server, for `doctor`'s commands. */
  readonly user: string;
  /** Folder with seccomp.json and starter/. */
  readonly dist: string;
  /** Names the present boot of the machine. */
  readonly boot: string;
}

export interface Parts {
  /** Loads what is otherwise read at its first use, while it is surely there: an update may replace it under a running server. */
  readonly warm: () => Promise<void>;
  readonly engine: Engine;
  readonly images: Images;
  readonly containers: Containers;
  readonly workspace: Workspace;
  /** Takes the server's cgroup away unless something is left in it. */
  readonly removeCgroup: () => Promise<void>;
  /** A container runs, or waits to be started again. */
  readonly isBusy: () => boolean;
}

/** Makes all parts; nothing is read or started yet. */
export function compose(args: ServerArguments, surroundings: Surroundings, log: Logger): Parts {
  const now = (): Date => new Date();
  const events = createEventBus(now);
  const workspace = createWorkspace({
    dataDirectory: args.dataDirectory,
    onError: (message) => {
      log.warn(message);
    },
  });
  const facts = { arch: process.arch, kernelRelease: release() };
  const seccomp = seccompFromFile(join(surroundings.dist, 'seccomp.json'), facts);
  const cgroups = createCgroups(delegation(args), runtimeRunner(join(args.binDirectory, 'slipway-runtime')));
  const volumes = composeVolumes(args, workspace, events, log);
  const layers: LayerSource = { lowerDirs: (diffIds) => images.layers.lowerDirs(diffIds) };
  const shared = { seccomp, cgroups, log, workspace, events, layers, volumes };
  const containers = composeContainers(args, surroundings, shared);
  const images = createImages({
    dataDirectory: args.dataDirectory,
    binDirectory: args.binDirectory,
    singleId: args.mode === 'single-id',
    workspace,
    settingsPath: surroundings.settingsPath,
    containerRoots: () =>
      containers
        .records()
        .filter((record) => record.run.state !== 'dead')
        .map(({ name, image }) => ({ name, imageId: image.id, manifestDigest: image.manifestDigest })),
    onChange: (change) => {
      const [name] = change.image?.references ?? [];
      const attributes: Record<string, string> =
        name === undefined ? {} : { name: familiar(parseReference(name, 'tell')) };
      events.publish({ type: 'image', attributes, ...change });
    },
    log,
    hostPlatform: HOST,
    userAgent: `slipway/${PRODUCT_VERSION}`,
    proxy: surroundings.proxy,
    logins: surroundings.logins,
  });
  const engine = createEngine({
    images,
    containers,
    inside: createInside({ containers, cgroups, now: () => new Date(), steady: () => performance.now() }),
    volumes,
    events,
    version: versionInfo(args),
    modeReason: args.modeReason,
    logSettings: createSettingsReader(surroundings.settingsPath, readLogSettings),
    starterDirectory: join(surroundings.dist, 'starter'),
    checkHost: () =>
      checkHost({ ...args, user: surroundings.user, kernelRelease: release(), delegation: delegation(args) }),
    settled: () => workspace.idle(),
    eraseData: () => eraseDirectory(args.dataDirectory, workspace),
  });
  const warm = async (): Promise<void> => {
    await Promise.all([images.warm(), seccomp(DEFAULT_CAPABILITIES)]);
  };
  const isBusy = (): boolean => containers.records().some((record) => isActive(record.run.state));
  const removeCgroup = (): Promise<void> => removeOwnCgroup(delegation(args));
  return { engine, images, containers, workspace, isBusy, removeCgroup, warm };
}

function composeVolumes(args: ServerArguments, workspace: Workspace, events: EventBus, log: Logger): Volumes {
  const volumes = createVolumes({
    ...args,
    workspace,
    log,
    now: () => new Date(),
    onChange: (action, id, attributes, made) => {
      const volume = made === undefined ? undefined : describeVolume(made, volumes.path(id), []);
      events.publish(compact({ type: 'volume' as const, action, id, attributes, volume }));
    },
  });
  return volumes;
}

/** Parts that others have a hand in, too. */
interface Shared {
  readonly seccomp: SeccompSource;
  readonly cgroups: Cgroups;
  readonly log: Logger;
  readonly workspace: Workspace;
  readonly events: EventBus;
  readonly layers: LayerSource;
  readonly volumes: Volumes;
}

function composeContainers(
  args: ServerArguments,
  { boot, settingsPath }: Surroundings,
  { seccomp, cgroups, log, workspace, events, layers, volumes }: Shared,
): Containers {
  const program = join(args.binDirectory, 'slipway-runtime');
  const launcherProcess = createLauncherProcess(program, join(args.runtimeDirectory, 'launch.sock'));
  const store = createContainerStore({ ...args, workspace, log });
  return createContainers({
    ...createSnapshotParts({ ...args, workspace, log }),
    store,
    removedStore: createRemovedStore({ ...args, store, workspace, volumes }),
    undoLimits: createSettingsReader(settingsPath, readUndoLimits),
    launcher: createLauncher(launcherProcess, join(args.dataDirectory, 'seccomp')),
    seccomp,
    cgroups,
    ownsMachine: args.mode === 'root',
    initProgram: join(args.binDirectory, 'slipway-init'),
    layers,
    volumes,
    log,
    now: () => new Date(),
    schedule,
    boot,
    onChange: (change) => {
      events.publish({ type: 'container', ...change });
    },
  });
}

function delegation({ cgroup, cgroupReason }: ServerArguments): Delegation {
  return { ...(cgroup === undefined ? {} : { path: cgroup }), reason: cgroupReason };
}

function versionInfo(args: ServerArguments): VersionInfo {
  return {
    version: PRODUCT_VERSION,
    protocolVersion: PROTOCOL_VERSION,
    node: process.versions.node,
    kernel: release(),
    os: process.platform,
    architecture: HOST.architecture,
    mode: args.mode,
    dataDirectory: args.dataDirectory,
    runtimeDirectory: args.runtimeDirectory,
    storage: 'overlay',
    pid: process.pid,
  };
}

async function eraseDirectory(directory: string, workspace: Workspace): Promise<void> {
  await workspace.idle();
  for (const name of await readdir(directory))
    await rm(join(directory, name), { recursive: true, force: true, maxRetries: 1 });
}
