// A record as clients see it: the row of `ps` and the view, and Docker's inspect shape. Pure.

import type { ContainerSummary } from '../../protocol/models.ts';
import type { ContainerRecord } from './record.ts';
import { statusText } from './status.ts';
import { parseVolume } from './volumes.ts';

/** The row at time `now`. */
export function summarize(record: ContainerRecord, now: Date): ContainerSummary {
  const { config, run } = record;
  return {
    id: record.id,
    name: record.name,
    image: record.image.reference,
    imageId: record.image.id,
    command: config.args,
    created: record.created,
    state: run.state,
    status: statusText(run, now),
    tty: config.tty,
    interactive: config.interactive,
    autoRemove: config.autoRemove,
    ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt }),
    ...(run.finishedAt === undefined ? {} : { finishedAt: run.finishedAt }),
    ...(run.exitCode === undefined ? {} : { exitCode: run.exitCode }),
    ...(run.error === undefined ? {} : { error: run.error }),
    ...(run.state === 'running' && run.pid !== undefined ? { pid: run.pid } : {}),
  };
}

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
      Running: run.state === 'running',
      Paused: false,
      Restarting: false,
      OOMKilled: false,
      Dead: run.state === 'dead',
      Pid: run.state === 'running' ? (run.pid ?? 0) : 0,
      ExitCode: run.exitCode ?? 0,
      Error: run.error ?? '',
      StartedAt: run.startedAt ?? NEVER,
      FinishedAt: run.finishedAt ?? NEVER,
    },
    Image: record.image.id,
    LogPath: logPath,
    Name: `/${record.name}`,
    RestartCount: 0,
    Driver: 'overlay',
    Platform: 'linux',
    HostConfig: {
      Binds: config.volumes,
      AutoRemove: config.autoRemove,
      NetworkMode: config.network,
      LogConfig: { Type: 'json-file', Config: {} },
    },
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
      User: config.user,
      Tty: config.tty,
      OpenStdin: config.interactive,
      Env: config.env,
      Cmd: config.args,
      Image: record.image.reference,
      WorkingDir: config.workdir,
      Labels: config.labels,
    },
  };
}
