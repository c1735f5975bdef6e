import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listProcesses, type ListedProcess } from '../../../runtime-server/src/containers/process-list.ts';

const SHELL: ListedProcess = {
  ...{ pid: 70, parent: 50, group: 70, session: 70, terminal: 34817, terminalGroup: 70 },
  ...{ state: 'S', name: 'sh', nice: 0, threads: 1, started: 999_000, cpu: 6150, childrenCpu: 0, uid: 0 },
  ...{ virtual: 4096, resident: 1024 * 1024, anonymous: 0, words: ['sh', '-c', 'a\x1bb'] },
};
const THREADED: ListedProcess = {
  ...{ ...SHELL, pid: 71, session: 1, terminal: 0, terminalGroup: -1, state: 'R', nice: 5, threads: 3, uid: 77 },
  ...{ started: 0, cpu: 8_640_000, words: [], name: 'worker' },
};
const CONTEXT = {
  now: new Date(2026, 0, 2, 12, 30, 10),
  uptime: 10_000,
  memory: 8 * 1024 * 1024,
  userName: (uid: number): string => (uid === 0 ? 'root' : String(uid)),
};
const list = (...options: string[]): ReturnType<typeof listProcesses> =>
  listProcesses([SHELL, THREADED], options, CONTEXT);

describe('process list', () => {
  it('is ps -ef’s by default', () => {
    const expected = {
      titles: ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'],
      processes: [
        ['root', '70', '50', '615', '12:30', 'pts/1', '00:01:01', 'sh -c a?b'],
        ['77', '71', '50', '864', '09:43', '?', '1-00:00:00'.padStart(11, '0'), '[worker]'],
      ],
    };
    assert.deepEqual(list(), expected);
    assert.deepEqual(list('-ef'), expected);
    assert.deepEqual(list('-e', '-f'), expected);
  });

  it('aux is the one by users', () => {
    const { titles, processes } = list('aux');
    assert.deepEqual(titles.join(' '), 'USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND');
    assert.deepEqual(processes[0], [
      'root',
      '70',
      '615.0',
      '12.5',
      '4',
      '1024',
      'pts/1',
      'Ss+',
      '12:30',
      '1:01',
      'sh -c a?b',
    ]);
    assert.equal(processes[1]?.[7], 'RNl');
  });

  it('-o names columns, in any of ps’s ways', () => {
    const expected = {
      titles: ['PID', 'COMMAND', 'ELAPSED'],
      processes: [
        ['70', 'sh', '00:10'],
        ['71', 'worker', '02:46:40'],
      ],
    };
    assert.deepEqual(list('-o', 'pid,comm,etime'), expected);
    assert.deepEqual(list('-opid,comm', '-o', 'etime'), expected);
    assert.deepEqual(list('-eo', 'pid,comm,etime'), expected);
    assert.deepEqual(list('axo', 'pid comm etime'), expected);
    assert.deepEqual(list('-o', 'pid,pcpu').titles, ['PID', 'PCPU']);
  });

  it('old processes say the day or the year of their start', () => {
    const at = (uptime: number): string | undefined =>
      listProcesses([THREADED], ['-o', 'stime'], { ...CONTEXT, uptime }).processes[0]?.[0];
    assert.equal(at(86_400 * 1.1), 'Jan01');
    assert.equal(at(86_400 * 30), '2025');
  });

  it('refuses what there is not, with what there is', () => {
    for (const [options, what] of [
      [['-Q'], 'option -Q'],
      [['--forest'], 'option --forest'],
      [['-o', 'pid,wchan'], 'column "wchan"'],
      [['-o'], 'column ""'],
      [['-o', 'constructor'], 'column "constructor"'],
    ] as const)
      assert.throws(
        () => list(...options),
        (error: Error & { hint?: string }) => {
          assert.equal(error.message, `top: no such ps ${what}`);
          return error.hint?.includes('aux') === true;
        },
      );
  });
});
