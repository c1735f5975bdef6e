// A record in Docker's inspect shape. Pure.

import { inspectHost } from './inspect-host.ts';
import { signalName } from '../base/signals.ts';
import { compact } from '../base/validate.ts';
import type { Health, HealthCheck } from './health.ts';
import type { ContainerRecord } from './record.ts';
import { isActive, isLive } from './states.ts';
import { parseVolume } from './volumes.ts';

const NEVER = '0001-01-01T00:00:00Z';

/** Docker Engine API `GET /containers/{id}/json`, the members that Slipway can fill truthfully. */
export function inspectContainer(record: ContainerRecord, logPath: string): Record<string, unknown> {
  const { config, run } = record;
  return {
    Id: record.id,
    Created: record.created,
    Path: config.args[0],
    Args: config.args.slice(1),
    State: {
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
    },
    Image: record.image.id,
    LogPath: logPath,
    Name: `/${record.name}`,
    RestartCount: run.restarts?.count ?? 0,
    Driver: 'overlay',
    Platform: 'linux',
    HostConfig: inspectHost(config),
    Mounts: config.volumes.map((volume) => {
      const bind = parseVolume(volume);
      return {
        Type: 'bind',
        Source: bind.source,
        Destination: bind.destination,
        Mode: bind.readOnly ? 'ro' : '',
        RW: !bind.readOnly,
        Propagation: 'rprivate',
      };
    }),
    Config: {
      Hostname: config.hostname,
      Domainname: config.host?.domainname ?? '',
      User: config.user,
      Tty: config.tty,
      OpenStdin: config.interactive,
      Env: config.env,
      Cmd: config.args,
      Image: record.image.reference,
      WorkingDir: config.workdir,
      Labels: config.labels,
      ...(config.health === undefined ? {} : { Healthcheck: inspectCheck(config.health) }),
      StopSignal: signalName(config.stopSignal),
      ...(config.stopTimeout === undefined ? {} : { StopTimeout: config.stopTimeout }),
    },
  };
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
