// Which processes a container has, and what each is: by its cgroup, which names them, else by its pid namespace, for which all
// of /proc is looked through once for all containers (proc_pid_stat(5)). Knows pids and folders, not containers.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Where a container's processes are found. */
export interface ProcessPlace {
  /** The folder of its cgroup; it need not be there. */
  readonly cgroup?: string | undefined;
  /** Its first process. */
  readonly init: number;
}

/** Times in clock ticks (USER_HZ: 100 in a second, on every architecture of ours), sizes in bytes. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Device number; 0: none. */
  readonly terminal: number;
  readonly terminalGroup: number;
  /** `R`, `S`, … */
  readonly state: string;
  /** At most 15 characters. */
  readonly name: string;
  readonly nice: number;
  readonly threads: number;
  /** Since boot. */
  readonly started: number;
  readonly cpu: number;
  /** Of its children that were waited for. */
  readonly childrenCpu: number;
  readonly uid: number;
  readonly virtual: number;
  readonly resident: number;
  /** Of `resident`, what it shares with no file. */
  readonly anonymous: number;
}

const PROC = '/proc';

/**
 * The processes of each place, in the order of their ids; none of one that has ended. Read in one go: a trip to another thread for
 * each of these files would take longer than reading it.
 */
export function findProcesses(places: readonly ProcessPlace[], proc = PROC): readonly (readonly number[])[] {
  const found = places.map(({ cgroup }) => (cgroup === undefined ? undefined : pidsBelow(cgroup)));
  if (!found.includes(undefined)) return found.map((pids = []) => pids);
  const spaces = places.map(({ init }, index) => (found[index] === undefined ? namespaceOf(init, proc) : undefined));
  const members = membersOf(new Set(spaces.filter((space) => space !== undefined)), proc);
  return found.map((pids, index) => pids ?? members.get(spaces[index] ?? '') ?? []);
}

/** What /proc says of it; undefined when it is gone. */
export function readProcess(pid: number, proc = PROC): ProcessInfo | undefined {
  const stat = readText(join(proc, String(pid), 'stat'));
  const status = readText(join(proc, String(pid), 'status'));
  if (stat === undefined || status === undefined) return undefined;
  // The name, in parentheses, may contain anything.
  const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')];
  const [state = '?', ...fields] = stat.slice(close + 2).split(' ');
  const [parent = 0, group = 0, session = 0, terminal = 0, terminalGroup = 0] = fields.map(Number);
  const field = (number: number): number => Number(fields[number - 4] ?? 0);
  const line = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return {
    ...{ pid, parent, group, session, terminal, terminalGroup, state },
    name: stat.slice(open + 1, close),
    nice: field(19),
    threads: field(20),
    started: field(22),
    cpu: field(14) + field(15),
    childrenCpu: field(16) + field(17),
    uid: line('Uid'),
    virtual: line('VmSize') * 1024,
    resident: line('VmRSS') * 1024,
    anonymous: line('RssAnon') * 1024,
  };
}

/** Its arguments; none of a kernel thread, a zombie and one that is gone. */
export function readCommandLine(pid: number, proc = PROC): readonly string[] {
  const words = (readText(join(proc, String(pid), 'cmdline')) ?? '').split('\0');
  return words.at(-1) === '' ? words.slice(0, -1) : words;
}

/** The text of a file of /proc or of a cgroup; undefined where it is not there, or not ours to read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A container may make cgroups below its own. */
function pidsBelow(cgroup: string): readonly number[] | undefined {
  const own = readText(join(cgroup, 'cgroup.procs'));
  if (own === undefined) return undefined;
  const below = namesIn(cgroup, (entry) => entry.isDirectory()).flatMap((name) => pidsBelow(join(cgroup, name)) ?? []);
  // 0: a process of another pid namespace, which no path of ours leads to.
  const pids = own
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
  return [...pids, ...below].sort((a, b) => a - b);
}

/** By namespace. A process of a namespace inside of one of these counts to it: the line of its parents leads there. */
function membersOf(spaces: ReadonlySet<string>, proc: string): ReadonlyMap<string, readonly number[]> {
  const members = new Map<string, number[]>();
  const ours = linkText(join(proc, 'self', 'ns', 'pid'));
  const spaceOf = (pid: number): string | undefined => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = readProcess(at, proc)?.parent) {
      const space = namespaceOf(at, proc);
      if (space === undefined || space === ours) return undefined;
      if (spaces.has(space)) return space;
    }
    return undefined;
  };
  for (const name of namesIn(proc, (entry) => /^\d+$/.test(entry.name))) {
    const space = spaceOf(Number(name));
    if (space !== undefined) members.set(space, [...(members.get(space) ?? []), Number(name)]);
  }
  for (const pids of members.values()) pids.sort((a, b) => a - b);
  return members;
}

const namespaceOf = (pid: number, proc: string): string | undefined => linkText(join(proc, String(pid), 'ns', 'pid'));

function linkText(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function namesIn(directory: string, suits: (entry: { name: string; isDirectory(): boolean }) => boolean): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter(suits)
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
