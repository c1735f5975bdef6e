// What a container has used of the machine: from the files of its cgroup (cgroup-v2.rst), and from /proc of its processes
// where it has none, or a controller is missing. Knows pids and folders, not containers.

import { totalmem } from 'node:os';
import { join } from 'node:path';
import { findProcesses, readProcess, readText, type ProcessInfo, type ProcessPlace } from './processes.ts';

/** Counted since the start; memory and processes are those of now. */
export interface Usage {
  /** Microseconds. */
  readonly cpu: number;
  /** Bytes, without the files that could be dropped at once. */
  readonly memory: number;
  /** The machine's, where it has none of its own. */
  readonly memoryLimit: number;
  readonly received: number;
  readonly sent: number;
  readonly read: number;
  readonly written: number;
  readonly processes: number;
}

const TICK = 10_000; // microseconds of one clock tick
const PROC = '/proc';

/** One look at each of these, all at the same time. */
export function readUsage(places: readonly ProcessPlace[], proc = PROC): readonly Usage[] {
  const found = findProcesses(places, proc);
  return places.map((place, index) => usageOf(place, found[index] ?? [], proc));
}

function usageOf({ cgroup, init }: ProcessPlace, pids: readonly number[], proc: string): Usage {
  const file = (name: string): string | undefined => (cgroup === undefined ? undefined : readText(join(cgroup, name)));
  const memory = file('memory.current');
  const io = file('io.stat');
  const limit = Number(file('memory.max') ?? Number.NaN);
  let infos: readonly ProcessInfo[] | undefined;
  const processes = (): readonly ProcessInfo[] =>
    (infos ??= pids.map((pid) => readProcess(pid, proc)).filter((info) => info !== undefined));
  return {
    cpu:
      lineOf(file('cpu.stat'), 'usage_usec') ?? sum(processes(), ({ cpu, childrenCpu }) => (cpu + childrenCpu) * TICK),
    memory:
      memory === undefined
        ? sum(processes(), ({ anonymous }) => anonymous)
        : Math.max(0, Number(memory) - (lineOf(file('memory.stat'), 'inactive_file') ?? 0)),
    // `max` is no number.
    memoryLimit: Number.isFinite(limit) ? Math.min(limit, totalmem()) : totalmem(),
    ...network(readText(join(proc, String(init), 'net/dev'))),
    ...(io === undefined ? diskOf(pids, proc) : { read: total(io, 'rbytes='), written: total(io, 'wbytes=') }),
    processes: Number(file('pids.current') ?? sum(processes(), ({ threads }) => threads)),
  };
}

function diskOf(pids: readonly number[], proc: string): Pick<Usage, 'read' | 'written'> {
  const texts = pids.map((pid) => readText(join(proc, String(pid), 'io')) ?? '');
  const of = (name: string): number => sum(texts, (text) => lineOf(text, `${name}:`) ?? 0);
  return { read: of('read_bytes'), written: of('write_bytes') };
}

/** All of its interfaces but the loopback (proc_pid_net(5)). */
function network(text = ''): Pick<Usage, 'received' | 'sent'> {
  const lines = [...text.matchAll(/^\s*(\S+):\s*(.*)$/gm)].filter(([, name]) => name !== 'lo');
  const column = (number: number): number =>
    sum(lines, ([, , counts = '']) => Number(counts.split(/\s+/)[number] ?? 0));
  return { received: column(0), sent: column(8) };
}

function lineOf(text: string | undefined, name: string): number | undefined {
  const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '')?.[1];
  return value === undefined ? undefined : Number(value);
}

const total = (text: string, key: string): number =>
  sum([...text.matchAll(new RegExp(`\\b${key}(\\d+)`, 'g'))], ([, value]) => Number(value));

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((result, item) => result + value(item), 0);
