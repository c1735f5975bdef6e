// Processes and what they use, read from folders that look like /proc and a cgroup.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { totalmem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findProcesses, readCommandLine, readProcess } from '../../../runtime-server/src/launcher/processes.ts';
import { readUsage } from '../../../runtime-server/src/launcher/usage.ts';

describe('processes and their use', () => {
  let base = '';
  const proc = (): string => join(base, 'proc');
  const cgroup = (name: string): string => join(base, 'cgroup', name);

  function addProcess(pid: number | string, space: string, parent = 1, name = 'sh'): void {
    const folder = join(proc(), String(pid));
    mkdirSync(join(folder, 'ns'), { recursive: true });
    mkdirSync(join(folder, 'net'));
    symlinkSync(`pid:[${space}]`, join(folder, 'ns/pid'));
    const times = '10 20 5 7 20 0 2 0';
    writeFileSync(
      join(folder, 'stat'),
      `${pid} (${name}) S ${parent} 4 5 34817 6 0 0 0 0 0 ${times} 4200 0 0 ${'0 '.repeat(26)}\n`,
    );
    writeFileSync(join(folder, 'status'), 'Uid:\t1000\t1\t1\t1\nVmSize:\t8 kB\nVmRSS:\t4 kB\nRssAnon:\t3 kB\n');
    writeFileSync(join(folder, 'cmdline'), 'sh\0-c\0a b\0');
    writeFileSync(join(folder, 'io'), 'rchar: 999\nread_bytes: 100\nwrite_bytes: 30\ncancelled_write_bytes: 8\n');
    writeFileSync(
      join(folder, 'net/dev'),
      'x\n  lo: 5 0 0 0 0 0 0 0 5 0\neth0: 700 1 0 0 0 0 0 0 40 1\n eth1:1 0 0 0 0 0 0 0 2 0\n',
    );
  }

  function addCgroup(name: string, files: Readonly<Record<string, string>>): void {
    mkdirSync(cgroup(name), { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(cgroup(name), file), text);
  }

  before(() => {
    base = mkdtempSync(join(tmpdir(), 'usage-'));
    addProcess('self', 'host');
    addProcess(1, 'host', 0);
    addProcess(50, 'host', 1, 'shim');
    addProcess(70, 'one', 50, 'a) R (b');
    addProcess(71, 'one', 70);
    addProcess(90, 'nested', 71);
    addProcess(95, 'one', 50); // an exec
    addProcess(80, 'two', 50);
    addProcess(99, 'strange', 1);
    writeFileSync(join(proc(), 'uptime'), '1 1\n');
  });
  after(() => {
    rmSync(base, { recursive: true });
  });

  it('a process is what its stat and status say, whatever it is called', () => {
    const { pid, parent, name, state, started, cpu, childrenCpu, uid, resident, terminal } =
      readProcess(70, proc()) ?? assert.fail();
    assert.deepEqual([pid, parent, name, state, terminal], [70, 50, 'a) R (b', 'S', 34817]);
    assert.deepEqual([started, cpu, childrenCpu, uid, resident], [4200, 30, 12, 1000, 4096]);
    assert.deepEqual(readCommandLine(70, proc()), ['sh', '-c', 'a b']);
    assert.equal(readProcess(12345, proc()), undefined);
    assert.deepEqual(readCommandLine(12345, proc()), []);
  });

  it('are found by the pid namespace, with execs and with namespaces inside; nobody else’s', () => {
    assert.deepEqual(findProcesses([{ init: 70 }, { init: 80 }, { init: 12345 }], proc()), [
      [70, 71, 90, 95],
      [80],
      [],
    ]);
    // One that shares the host's names no process at all rather than every one.
    assert.deepEqual(findProcesses([{ init: 50 }], proc()), [[]]);
  });

  it('are found by the cgroup where there is one, with those below', () => {
    addCgroup('c', { 'cgroup.procs': '71\n70\n0\n' });
    addCgroup('c/below', { 'cgroup.procs': '95\n' });
    assert.deepEqual(
      findProcesses(
        [
          { init: 70, cgroup: cgroup('c') },
          { init: 80, cgroup: cgroup('absent') },
        ],
        proc(),
      ),
      [[70, 71, 95], [80]],
    );
  });

  it('what they use comes from the cgroup', () => {
    addCgroup('full', {
      'cgroup.procs': '70\n',
      'cpu.stat': 'usage_usec 123456\nuser_usec 1\n',
      'memory.current': '5000\n',
      'memory.stat': 'anon 1\ninactive_file 1000\n',
      'memory.max': '8000\n',
      'pids.current': '3\n',
      'io.stat': '8:0 rbytes=10 wbytes=20 rios=1 wios=1\n8:16 rbytes=1 wbytes=2\n',
    });
    assert.deepEqual(readUsage([{ init: 70, cgroup: cgroup('full') }], proc()), [
      { cpu: 123456, memory: 4000, memoryLimit: 8000, received: 701, sent: 42, read: 11, written: 22, processes: 3 },
    ]);
    addCgroup('full', { 'memory.max': 'max\n' });
    assert.equal(readUsage([{ init: 70, cgroup: cgroup('full') }], proc())[0]?.memoryLimit, totalmem());
  });

  it('and from /proc where there is none, or a controller is missing', () => {
    addCgroup('bare', { 'cgroup.procs': '70\n71\n', 'cpu.stat': 'usage_usec 9\n' });
    const [alone, bare] = readUsage([{ init: 80 }, { init: 70, cgroup: cgroup('bare') }], proc());
    assert.deepEqual(alone, {
      ...{ cpu: 420_000, memory: 3072, memoryLimit: totalmem(), received: 701, sent: 42 },
      ...{ read: 100, written: 30, processes: 2 },
    });
    assert.deepEqual([bare?.cpu, bare?.memory, bare?.processes, bare?.read], [9, 6144, 4, 200]);
  });
});
