// Writing a container's bundle before each start: config.json is made anew from record, layers and defaults, so nothing
// absolute is kept between starts.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { containerSpec, type Bind, type ProcessRequest } from '../launcher/spec.ts';
import { thermalThrottlePaths } from '../launcher/thermal.ts';
import { hostSpec, type MachineDeps } from './host-spec.ts';
import { lowerDirsOf, type LowerSources } from './lowers.ts';
import { mountSources } from './mount-sources.ts';
import type { VolumeSource } from './ports.ts';
import type { ContainerRecord } from './record.ts';
import type { ContainerPaths } from './store.ts';

export interface BundleDeps extends MachineDeps, LowerSources {
  readonly volumes: VolumeSource;
  /** The program that is the first process with --init. */
  readonly initProgram: string;
}

export type TerminalSize = NonNullable<ProcessRequest['size']>;

/** Writes config.json for one start of the container. */
export async function writeBundle(
  deps: BundleDeps,
  record: ContainerRecord,
  paths: ContainerPaths,
  size?: TerminalSize,
): Promise<void> {
  const { config } = record;
  const [lowerDirs, host, { binds, tmpfs }] = await Promise.all([
    lowerDirsOf(deps, record),
    hostSpec(deps, config.host ?? {}, record),
    mountSources(deps.volumes, record, paths.volumes),
  ]);
  mkdirSync(paths.runtime, { recursive: true, mode: 0o700 });
  const empty = join(dirname(paths.spec), 'rootfs');
  if (lowerDirs.length === 0) mkdirSync(empty, { recursive: true, mode: 0o755 });
  const spec = containerSpec({
    args: config.init === true ? [INIT_PATH, '--', ...config.args] : config.args,
    env: config.env,
    cwd: config.workdir,
    tty: config.tty,
    hostname: config.hostname,
    user: config.user,
    lowerDirs: lowerDirs.length === 0 ? [empty] : lowerDirs, // overlayfs needs one
    upperDir: paths.upper,
    workDir: paths.work,
    etc: { hosts: paths.hosts, hostname: paths.hostname, resolvConf: paths.resolvConf },
    binds: config.init === true ? [...binds, initBind(deps.initProgram)] : binds,
    tmpfs,
    annotations: config.annotations,
    hostMasks: thermalThrottlePaths(),
    host,
    ...(size === undefined ? {} : { size }),
  });
  writeFileSync(paths.spec, JSON.stringify(spec), { mode: 0o600 });
}

/** In a tmpfs, so that nothing is made in the container's own files. */
const INIT_PATH = '/dev/init';

const initBind = (source: string): Bind => ({ source, destination: INIT_PATH, readOnly: true });
