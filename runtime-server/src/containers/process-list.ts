// The list of processes that `top` shows: ps's options, columns and ways to write a value (procps, ps(1)), of which there are
// those that people use. Pure; what /proc says is given.

import type { ProcessList } from '../../protocol/models.ts';
import { invalidArgument } from '../base/errors.ts';
import type { ProcessInfo } from '../launcher/processes.ts';

/** A process as the columns need it. */
export interface ListedProcess extends ProcessInfo {
  readonly words: readonly string[];
}

export interface ListContext {
  readonly now: Date;
  /** Seconds since boot. */
  readonly uptime: number;
  /** Bytes. */
  readonly memory: number;
  /** The user's name, or the number again. */
  readonly userName: (uid: number) => string;
}

interface Column {
  readonly title: string;
  readonly value: (process: ListedProcess, context: ListContext) => string;
}

const TICKS = 100;
const FULL = ['user', 'pid', 'ppid', 'c', 'stime', 'tname', 'time', 'args'];
const USER_ORIENTED = ['user', 'pid', '%cpu', '%mem', 'vsz', 'rss', 'tname', 'stat', 'stime', 'bsdtime', 'args'];
const HINT = 'There are -ef (the default), aux, and -o with columns: pid,user,%cpu,rss,etime,args.';

/** The titles and rows that these options of `ps` ask for. Throws InvalidArgument for those that are not there. */
export function listProcesses(
  processes: readonly ListedProcess[],
  options: readonly string[],
  context: ListContext,
): ProcessList {
  const columns = columnsOf(options);
  return {
    titles: columns.map(({ title }) => title),
    processes: processes.map((process) => columns.map(({ value }) => value(process, context))),
  };
}

function columnsOf(options: readonly string[]): readonly Column[] {
  const chosen: string[] = [];
  const rest = [...options];
  let format = FULL;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const custom = /^(?:-?[aAex]*o=?|--format=?)(.*)$/.exec(word)?.[1];
    if (custom !== undefined) chosen.push(...(custom === '' ? (rest.shift() ?? '') : custom).split(/[\s,]+/));
    else if (/^-?[ax]*u[axww]*$/.test(word)) format = USER_ORIENTED;
    else if (!/^(?:-[eAfww]+|-?[axww]+)$/.test(word)) throw unknownOption(`option ${word}`);
  }
  if (chosen.length === 0) return titled(format);
  return chosen.map(columnOf);
}

/** The two ready-made lists name some of their columns as ps does there. */
function titled(names: readonly string[]): readonly Column[] {
  const titles: Readonly<Record<string, string>> =
    names === FULL ? { user: 'UID', tname: 'TTY', args: 'CMD' } : { stime: 'START', bsdtime: 'TIME', tname: 'TTY' };
  return names.map((name) => ({ ...columnOf(name), ...(titles[name] === undefined ? {} : { title: titles[name] }) }));
}

function columnOf(name: string): Column {
  const known = Object.hasOwn(SAME, name) ? SAME[name] : name;
  const column = known !== undefined && Object.hasOwn(COLUMNS, known) ? COLUMNS[known] : undefined;
  if (column === undefined) throw unknownOption(`column ${JSON.stringify(name)}`);
  return { ...column, ...(known === name ? {} : { title: name.toUpperCase() }) };
}

const unknownOption = (what: string): Error => invalidArgument(`top: no such ps ${what}`, { hint: HINT });

/** Other names of a column. */
const SAME: Readonly<Record<string, string>> = {
  uname: 'user',
  euser: 'user',
  euid: 'uid',
  pcpu: '%cpu',
  pmem: '%mem',
  vsize: 'vsz',
  rssize: 'rss',
  tty: 'tname',
  tt: 'tname',
  s: 'state',
  cputime: 'time',
  start_time: 'stime',
  pgrp: 'pgid',
  sess: 'sid',
  session: 'sid',
  thcount: 'nlwp',
  nice: 'ni',
  cmd: 'args',
  command: 'args',
  ucmd: 'comm',
};

const COLUMNS: Readonly<Record<string, Column>> = {
  pid: { title: 'PID', value: ({ pid }) => String(pid) },
  ppid: { title: 'PPID', value: ({ parent }) => String(parent) },
  pgid: { title: 'PGID', value: ({ group }) => String(group) },
  sid: { title: 'SID', value: ({ session }) => String(session) },
  uid: { title: 'UID', value: ({ uid }) => String(uid) },
  user: { title: 'USER', value: ({ uid }, { userName }) => userName(uid) },
  c: { title: 'C', value: (process, context) => String(Math.floor(cpuShare(process, context))) },
  '%cpu': { title: '%CPU', value: (process, context) => cpuShare(process, context).toFixed(1) },
  '%mem': { title: '%MEM', value: ({ resident }, { memory }) => ((resident / memory) * 100).toFixed(1) },
  vsz: { title: 'VSZ', value: ({ virtual }) => String(virtual / 1024) },
  rss: { title: 'RSS', value: ({ resident }) => String(resident / 1024) },
  tname: { title: 'TTY', value: ({ terminal }) => terminalName(terminal) },
  state: { title: 'S', value: ({ state }) => state },
  stat: { title: 'STAT', value: stateWord },
  ni: { title: 'NI', value: ({ nice }) => String(nice) },
  nlwp: { title: 'NLWP', value: ({ threads }) => String(threads) },
  stime: { title: 'STIME', value: startTime },
  etime: { title: 'ELAPSED', value: (process, context) => elapsed(age(process, context)) },
  etimes: { title: 'ELAPSED', value: (process, context) => String(Math.floor(age(process, context))) },
  time: { title: 'TIME', value: ({ cpu }) => clock(Math.floor(cpu / TICKS)) },
  bsdtime: { title: 'TIME', value: ({ cpu }) => minutes(Math.floor(cpu / TICKS)) },
  comm: { title: 'COMMAND', value: ({ name }) => shown(name) },
  args: { title: 'COMMAND', value: ({ words, name }) => shown(words.length === 0 ? `[${name}]` : words.join(' ')) },
};

/** As ps does: what is no character becomes a question mark. */
const shown = (text: string): string => text.replaceAll(/\p{Cc}/gu, '?');

const age = ({ started }: ListedProcess, { uptime }: ListContext): number => Math.max(0, uptime - started / TICKS);

function cpuShare(process: ListedProcess, context: ListContext): number {
  const seconds = age(process, context);
  return seconds < 1 ? 0 : process.cpu / seconds;
}

/** `12:34` within a day, `Jan02` within the year, else the year. */
function startTime(process: ListedProcess, context: ListContext): string {
  const { now } = context;
  const seconds = age(process, context);
  const start = new Date(now.getTime() - seconds * 1000);
  if (seconds < 86_400) return `${two(start.getHours())}:${two(start.getMinutes())}`;
  if (start.getFullYear() !== now.getFullYear()) return String(start.getFullYear());
  return `${MONTHS[start.getMonth()] ?? ''}${two(start.getDate())}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (number: number): string => String(Math.floor(number)).padStart(2, '0');
const minutes = (seconds: number): string => `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;

/** `[DD-]HH:MM:SS`. */
function clock(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const time = `${two((seconds % 86_400) / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  return days === 0 ? time : `${two(days)}-${time}`;
}

/** `[[DD-]HH:]MM:SS`. */
const elapsed = (seconds: number): string => clock(seconds).replace(/^00:/, '');

/** The kernel's device numbers (devices.txt): 136 to 143 are pseudo-terminals, 4 the consoles. */
function terminalName(device: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts/${minor + (major - 136) * 256}`;
  return major === 4 ? `tty${minor}` : '?';
}

function stateWord({ state, nice, session, pid, threads, group, terminalGroup }: ListedProcess): string {
  const marks = [nice < 0 ? '<' : nice > 0 ? 'N' : '', session === pid ? 's' : '', threads > 1 ? 'l' : ''];
  return `${state}${marks.join('')}${group === terminalGroup ? '+' : ''}`;
}
