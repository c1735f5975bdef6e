// top, stats: what runs in containers and what it uses, as docker's commands of these names show it.

import type { ContainerStats } from '../../../../protocol/models.ts';
import { binarySize, humanSize, printable, shortId } from '../format.ts';
import { FORMAT, formatRows, type Listing } from '../formatter.ts';
import { formatTable } from '../table.ts';
import { Fields } from '../template/values.ts';
import type { Command } from '../session.ts';

/** Docker's for this command: its columns are wider than those of lists. */
const NARROWEST = 20;

export const topCommand: Command = {
  name: 'top',
  summary: 'Show the processes of a running container',
  usage: 'CONTAINER [ps OPTIONS]',
  options: [],
  min: 1,
  commandFollows: true,
  run: async ({ engine, session }, { args: [container = '', ...words] }) => {
    const { titles, processes } = engine.inside.top(container, words);
    const rows = processes.map((values) => values.map(printable));
    await session.out(formatTable(titles, rows, NARROWEST));
    return 0;
  },
};

const STATS: Listing = {
  type: '*container.statsContext',
  headers: {
    Container: 'CONTAINER',
    ID: 'CONTAINER ID',
    Name: 'NAME',
    CPUPerc: 'CPU %',
    MemUsage: 'MEM USAGE / LIMIT',
    MemPerc: 'MEM %',
    NetIO: 'NET I/O',
    BlockIO: 'BLOCK I/O',
    PIDs: 'PIDS',
  },
};

const TABLE =
  'table {{.ID}}\\t{{.Name}}\\t{{.CPUPerc}}\\t{{.MemUsage}}\\t{{.MemPerc}}\\t{{.NetIO}}\\t{{.BlockIO}}\\t{{.PIDs}}';

/** ECMA-48: to the upper left; erase what is behind a line's end; erase what is below. */
const SCREEN = { home: '\x1b[H', lineEnd: '\x1b[K\n', below: '\x1b[J' };

export const statsCommand: Command = {
  name: 'stats',
  summary: 'Show what containers use of the machine, again each second',
  usage: '[OPTIONS] [CONTAINER...]',
  options: [
    { long: 'all', short: 'a', kind: 'flag', help: 'Also those that do not run' },
    FORMAT,
    { long: 'no-stream', kind: 'flag', help: 'Show it once' },
    { long: 'no-trunc', kind: 'flag', help: 'Print whole ids' },
  ],
  min: 0,
  run: async ({ engine, session }, options) => {
    const request = { containers: options.args, all: options.flag('all') };
    const once = options.flag('no-stream');
    const whole = options.flag('no-trunc');
    const screen = session.request.tty.stdout && !once;
    if (screen) await session.out(`${SCREEN.home}${SCREEN.below}`);
    for await (const stats of engine.inside.watchStats(request, session.signal)) {
      const rows = stats.map((each) => statsRow(each, whole));
      const text = formatRows(STATS, rows, options.value('format'), TABLE, session);
      await session.out(screen ? `${SCREEN.home}${text.replaceAll('\n', SCREEN.lineEnd)}${SCREEN.below}` : text);
      if (once) break;
    }
    return 0;
  },
};

/** Docker's fields (docker/cli, formatter_stats.go). */
function statsRow(stats: ContainerStats, whole: boolean): Fields {
  const { id, name, cpuPercent, memory, memoryLimit, memoryPercent, received, sent, read, written, processes } = stats;
  return new Fields(STATS.type, {
    Container: () => (whole ? id : shortId(id)),
    ID: () => (whole ? id : shortId(id)),
    Name: () => name,
    CPUPerc: () => `${cpuPercent.toFixed(2)}%`,
    MemUsage: () => `${binarySize(memory)} / ${binarySize(memoryLimit)}`,
    MemPerc: () => `${memoryPercent.toFixed(2)}%`,
    NetIO: () => `${humanSize(received)} / ${humanSize(sent)}`,
    BlockIO: () => `${humanSize(read)} / ${humanSize(written)}`,
    PIDs: () => String(processes),
  });
}
