// A record in Docker's inspect shape. Pure.

import { signalName } from '../base/signals.ts';
import { compact } from '../base/validate.ts';
import type { Health, HealthCheck } from './health.ts';
import { inspectHost } from './inspect-host.ts';
import { DEFAULT_LOG, logFiles } from './log-config.ts';
import { exposedPorts } from './naming.ts';
import { inspectNetwork } from './inspect-network.ts';
import { mountPoints, type MountPoint } from './mount-points.ts';
import type { ContainerConfig, ContainerRecord } from './record.ts';
import { isActive, isLive } from './states.ts';
import type { ContainerPaths } from './store.ts';

const NEVER = '0001-01-01T00:00:00Z';

type Places = Pick<ContainerPaths, 'log' | 'hosts' | 'hostname' | 'resolvConf' | 'upper' | 'work'>;

/** Docker Engine API `GET /containers/{id}/json`. `volumePath`: where a volume's files are. `size`: with SizeRw and SizeRootFs, in bytes. */
export function inspectContainer(
  record: ContainerRecord,
  paths: Places,
  volumePath: (name: string) => string,
  size?: { readonly written: number; readonly whole: number },
): Record<string, unknown> {
  const { config } = record;
  const [path = '', ...args] = config.args;
  return {
    Id: record.id,
    Created: record.created,
    Path: path,
    Args: args,
    State: inspectState(record),
    Image: record.image.id,
    ResolvConfPath: paths.resolvConf,
    HostnamePath: paths.hostname,
    HostsPath: paths.hosts,
    LogPath: logFiles(config.log ?? DEFAULT_LOG) === undefined ? '' : paths.log,
    Name: `/${record.name}`,
    RestartCount: record.run.restarts?.count ?? 0,
    Driver: 'overlay',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: null,
    HostConfig: inspectHost(config),
    GraphDriver: { Name: 'overlay', Data: { UpperDir: paths.upper, WorkDir: paths.work } },
    ...(size === undefined ? {} : { SizeRw: size.written, SizeRootFs: size.whole }),
    Mounts: mountPoints(config).map((point) => inspectMount(point, volumePath)),
    Config: inspectConfig(record),
    NetworkSettings: inspectNetwork(),
  };
}

function inspectState({ run }: ContainerRecord): Record<string, unknown> {
  return {
    Status: run.state,
    Running: isActive(run.state),
    Paused: run.state === 'paused',
    Restarting: run.state === 'restarting',
    OOMKilled: run.oomKilled ?? false,
    Dead: run.state === 'dead',
    Pid: isLive(run.state) ? (run.pid ?? 0) : 0,
    ExitCode: run.exitCode ?? 0,
    Error: run.error ?? '',
    StartedAt: run.startedAt ?? NEVER,
    FinishedAt: run.finishedAt ?? NEVER,
    ...(run.health === undefined ? {} : { Health: inspectHealth(run.health) }),
  };
}

function inspectMount(point: MountPoint, volumePath: (name: string) => string): Record<string, unknown> {
  const { type, name, source, destination, mode, readOnly, propagation = 'rprivate', anonymous } = point;
  const isVolume = name !== undefined;
  return {
    Type: type,
    ...(isVolume ? { Name: name } : {}),
    Source: isVolume ? volumePath(name) : (source ?? ''),
    Destination: destination,
    ...(isVolume ? { Driver: 'local' } : {}),
    // Docker's label of a named volume that says nothing else.
    Mode: isVolume && anonymous !== true && mode === '' ? 'z' : mode,
    RW: !readOnly,
    Propagation: type === 'bind' ? propagation : '',
  };
}

function inspectConfig({ config, image }: ContainerRecord): Record<string, unknown> {
  return {
    Hostname: config.hostname,
    Domainname: config.host?.domainname ?? '',
    User: config.user,
    AttachStdin: config.interactive,
    AttachStdout: true,
    AttachStderr: true,
    Tty: config.tty,
    OpenStdin: config.interactive,
    StdinOnce: config.interactive,
    Env: config.env,
    ...commandOf(config),
    ...(config.naming?.expose === undefined ? {} : { ExposedPorts: exposedPorts(config.naming) }),
    Image: image.reference,
    Volumes: inspectVolumes(config),
    WorkingDir: config.workdir,
    OnBuild: null,
    Labels: Object.fromEntries(Object.entries(config.labels).sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(config.health === undefined ? {} : { Healthcheck: inspectCheck(config.health) }),
    StopSignal: signalName(config.stopSignal),
    ...(config.stopTimeout === undefined ? {} : { StopTimeout: config.stopTimeout }),
  };
}

/** Those that nobody has named: the image's, and `-v /path`. */
function inspectVolumes(config: ContainerConfig): Readonly<Record<string, object>> | null {
  const points = mountPoints(config).filter(({ anonymous }) => anonymous === true);
  return points.length === 0 ? null : Object.fromEntries(points.map(({ destination }) => [destination, {}]));
}

/** Records from before the entry point was kept have everything in Cmd. */
function commandOf({ args, entrypoint = 0 }: ContainerConfig): Record<string, unknown> {
  const part = (words: readonly string[]): readonly string[] | null => (words.length === 0 ? null : words);
  return { Cmd: part(args.slice(entrypoint)), Entrypoint: part(args.slice(0, entrypoint)) };
}

function inspectHealth({ status, failingStreak, log }: Health): Record<string, unknown> {
  return {
    Status: status,
    FailingStreak: failingStreak,
    Log: log.map(({ start, end, exitCode, output }) => ({
      Start: start,
      End: end,
      ExitCode: exitCode,
      Output: output,
    })),
  };
}

function inspectCheck({ test, interval, timeout, startPeriod, startInterval, retries }: HealthCheck): object {
  return compact({
    Test: test,
    Interval: interval,
    Timeout: timeout,
    StartPeriod: startPeriod,
    StartInterval: startInterval,
    Retries: retries,
  });
}
