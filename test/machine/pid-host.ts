// --pid host, as ordinary user and as root: its processes are the cgroup's, and end with it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupOf, IMAGE, inspect, ok } from './slipway.ts';

/** Children that nobody waits for, one of them in a session of its own. */
const SCRIPT = 'trap "" TERM; sleep 10000 & setsid sh -c "sleep 10000 & sleep 10000" & wait; wait';
const CHILDREN = 3;

/** The processes of a container, once all have started. */
async function processes(name: string): Promise<readonly number[]> {
  const first = Number(await inspect(name, 'State.Pid'));
  const file = join('/sys/fs/cgroup', cgroupOf(first), 'cgroup.procs');
  for (;;) {
    const pids = readFileSync(file, 'utf8').trim().split('\n').map(Number);
    if (pids.length > CHILDREN) return pids;
    await new Promise(setImmediate);
  }
}

const alive = (pids: readonly number[]): readonly number[] => pids.filter((pid) => existsSync(`/proc/${pid}`));

/** Ends such a container in each way, and looks for what is left of it. */
export async function ends(): Promise<void> {
  const start = async (name: string): Promise<readonly number[]> => {
    await ok('run', '-d', '--name', name, '--pid', 'host', IMAGE, 'sh', '-c', SCRIPT);
    return processes(name);
  };
  const stopped = await start('stopped');
  await ok('stop', '-t', '0', 'stopped');
  assert.deepEqual(alive(stopped), []);
  const removed = await start('removed');
  await ok('rm', '-f', 'removed');
  assert.deepEqual(alive(removed), []);
  const orphaned = await start('orphaned');
  const shim = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${orphaned[0] ?? 0}/status`, 'utf8'))?.[1]);
  process.kill(shim, 'SIGKILL');
  await ok('logs', '-f', 'orphaned');
  assert.deepEqual(alive(orphaned), []);
  await ok('rm', 'stopped', 'orphaned');
}
