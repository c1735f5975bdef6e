// A record as the row of `ps` and of the view. Pure.

import type { ContainerSummary } from '../../protocol/models.ts';
import { volumeNames } from './mount-points.ts';
import type { ContainerRecord } from './record.ts';
import { isLive } from './states.ts';
import { statusText } from './status.ts';

/** The row at time `now`. */
export function summarize(record: ContainerRecord, now: Date): ContainerSummary {
  const { config, run } = record;
  const volumes = volumeNames(config);
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
    ...(volumes.length === 0 ? {} : { volumes }),
    ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt }),
    ...(run.finishedAt === undefined ? {} : { finishedAt: run.finishedAt }),
    ...(run.exitCode === undefined ? {} : { exitCode: run.exitCode }),
    ...(run.error === undefined ? {} : { error: run.error }),
    ...(isLive(run.state) && run.health !== undefined ? { health: run.health.status } : {}),
    ...(isLive(run.state) && run.pid !== undefined ? { pid: run.pid } : {}),
  };
}
