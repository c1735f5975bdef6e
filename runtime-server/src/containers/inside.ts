// Looks at what runs in containers: its processes, and what they use. Reads only, and only when it is asked.

import { readFileSync } from 'node:fs';
import { totalmem, uptime } from 'node:os';
import { join } from 'node:path';
import type { ContainerStats, ProcessList } from '../../protocol/models.ts';
import { sleep } from '../base/abort.ts';
import { CGROUP_MOUNT, type Cgroups } from '../launcher/cgroups.ts';
import { findProcesses, readCommandLine, readProcess, type ProcessPlace } from '../launcher/processes.ts';
import { readUsage, type Usage } from '../launcher/usage.ts';
import type { Containers } from './contract.ts';
import { listProcesses } from './process-list.ts';
import type { ContainerRecord } from './record.ts';
import { allow, isActive, isLive } from './states.ts';

/** Which containers are looked at. */
export interface StatsRequest {
  /** Names, ids or unique prefixes; none: those that run. */
  readonly containers: readonly string[];
  /** Without names: all that there are. */
  readonly all: boolean;
}

export interface Inside {
  /** The processes of a running container, with the ids that the server sees; `options`: ps's. */
  top(container: string, options: readonly string[]): ProcessList;
  /**
   * What containers use, again each second until the signal aborts; then it throws the signal's reason. Throws NotFound for a name
   * that nobody has; a container that goes later is left out.
   */
  watchStats(request: StatsRequest, signal: AbortSignal): AsyncGenerator<readonly ContainerStats[]>;
}

export interface InsideDeps {
  readonly containers: Pick<Containers, 'get' | 'records'>;
  readonly cgroups: Pick<Cgroups, 'path'>;
  readonly now: () => Date;
  /** Milliseconds of a clock that never jumps. */
  readonly steady: () => number;
}

/** Milliseconds between two looks: docker's. */
const INTERVAL = 1000;

export function createInside(deps: InsideDeps): Inside {
  return {
    top: (container, options) => {
      const record = deps.containers.get(container, 'show processes of');
      allow('top', { name: record.name, state: record.run.state });
      const [pids = []] = findProcesses(placesOf(deps, [record]));
      const processes = pids.flatMap((pid) => {
        const info = readProcess(pid);
        return info === undefined ? [] : [{ ...info, words: readCommandLine(pid) }];
      });
      const names = userNames();
      return listProcesses(processes, options, {
        now: deps.now(),
        uptime: uptime(),
        memory: totalmem(),
        userName: (uid) => names.get(uid) ?? String(uid),
      });
    },
    watchStats: (request, signal) => watchStats(deps, request, signal),
  };
}

interface Look {
  readonly at: number;
  readonly usages: ReadonlyMap<string, Usage>;
}

async function* watchStats(
  deps: InsideDeps,
  { containers, all }: StatsRequest,
  signal: AbortSignal,
): AsyncGenerator<readonly ContainerStats[]> {
  const named = containers.map((name) => deps.containers.get(name, 'show statistics of').id);
  const records = (): readonly ContainerRecord[] => {
    const present = deps.containers.records();
    if (named.length > 0) return named.flatMap((id) => present.find((record) => record.id === id) ?? []);
    return present.filter(({ run }) => all || isActive(run.state)).sort((a, b) => (a.created < b.created ? 1 : -1));
  };
  for (let before = look(deps, records()); ;) {
    await sleep(INTERVAL, signal);
    const present = records();
    const now = look(deps, present);
    yield present.map((record) => statsOf(record, before, now));
    before = now;
  }
}

function look(deps: InsideDeps, records: readonly ContainerRecord[]): Look {
  const live = records.filter(({ run }) => isLive(run.state) && run.pid !== undefined);
  const usages = readUsage(placesOf(deps, live));
  return { at: deps.steady(), usages: new Map(live.map(({ id }, index) => [id, usages[index] ?? NOTHING])) };
}

const NOTHING: Usage = {
  ...{ cpu: 0, memory: 0, memoryLimit: 0, received: 0, sent: 0, read: 0, written: 0 },
  processes: 0,
};

/** One that does not run uses nothing, as in docker. */
function statsOf({ id, name }: ContainerRecord, before: Look, now: Look): ContainerStats {
  const { cpu, memory, memoryLimit, processes, ...counts } = now.usages.get(id) ?? NOTHING;
  const spent = cpu - (before.usages.get(id)?.cpu ?? cpu);
  const microseconds = (now.at - before.at) * 1000;
  return {
    ...{ id, name, memory, memoryLimit },
    // Less than before: a process has ended whose time nobody has taken over.
    cpuPercent: microseconds > 0 ? (Math.max(0, spent) / microseconds) * 100 : 0,
    memoryPercent: memoryLimit === 0 ? 0 : (memory / memoryLimit) * 100,
    ...counts,
    processes,
  };
}

function placesOf({ cgroups }: InsideDeps, records: readonly ContainerRecord[]): readonly ProcessPlace[] {
  return records.map(({ id, run }) => {
    const path = cgroups.path(id);
    return { init: run.pid ?? 0, ...(path === undefined ? {} : { cgroup: join(CGROUP_MOUNT, path) }) };
  });
}

/** Of this machine, as ps on it would show them. */
function userNames(): ReadonlyMap<number, string> {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  return new Map(lines.map((line) => line.split(':')).map(([name = '', , uid]) => [Number(uid), name]));
}
