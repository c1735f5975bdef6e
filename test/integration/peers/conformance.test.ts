// The test suite of another OCI runtime (crun) against ours: each of its tests passes, but for the differences that are meant
// (differences.ts). Its containers live in a mount and pid namespace of their own, so that a failing one leaves nothing running.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { crunSuite } from '../../../scripts/foreign-suite.mjs';
import { namesIn, outcomes, type Outcome } from '../../support/crun-suite.ts';
import { UNSHARE } from '../../support/peers.ts';
import { DIFFERENCES, type Difference } from './differences.ts';

const RUNTIME = resolve(import.meta.dirname, '../../../dist/bin/slipway-runtime');
const NAMESPACES = ['--pid', '--fork', '--kill-child', '--mount-proc', ...UNSHARE];

/** Runs tests of one file with a terminal, in which some of its tests are about one. */
function runFile(directory: string, file: string, tests: readonly string[]): { stdout: string; stderr: string } {
  const log = join(directory, `${file}.log`);
  // What a run that was killed has left: its pids come again.
  for (const left of globSync('.testsuite-run-*', { cwd: directory }))
    rmSync(join(directory, left), { recursive: true });
  const words = ['script', '-qec', `python3 tests/${file} 2>${log}`, '/dev/null'];
  const init = join(directory, 'tests/init');
  const env = { ...process.env, OCI_RUNTIME: RUNTIME, INIT: init, RUN_TESTS: tests.join(' ') };
  // unshare waits for its child whatever it is told; when it is killed, so is everything in its pid namespace.
  const options = {
    cwd: directory,
    env,
    encoding: 'utf8',
    timeout: 100_000,
    killSignal: 'SIGKILL',
    input: '',
  } as const;
  const { stdout } = spawnSync('unshare', [...NAMESPACES, ...words], options);
  return { stdout, stderr: readFileSync(log, 'utf8') };
}

/** Control groups of their containers that are still there; they are taken away. */
function leftGroups(): string {
  const find = [
    'find',
    '/sys/fs/cgroup',
    '-depth',
    '-name',
    'slipway-oci-test-*',
    '-print',
    '-exec',
    'rmdir',
    '{}',
    ';',
  ];
  return spawnSync('unshare', [...UNSHARE, ...find], { encoding: 'utf8' }).stdout;
}

function here(where: Difference['where']): boolean {
  if (where === undefined) return true;
  if (where === 'cgroup v1 beside v2') return readFileSync('/proc/self/cgroup', 'utf8').trim().includes('\n');
  const read = spawnSync('unshare', [...UNSHARE, 'cat', '/sys/fs/cgroup/cgroup.controllers'], { encoding: 'utf8' });
  return !read.stdout.split(/\s/).includes('pids');
}

function expected(file: string, name: string): Outcome {
  const difference = DIFFERENCES[file]?.[name];
  return difference !== undefined && here(difference.where) ? difference.outcome : 'passes';
}

const suite = process.getuid?.() === 0 ? crunSuite() : { reason: 'needs root' };

describe('the tests of crun', { skip: 'reason' in suite ? suite.reason : false, timeout: 600_000 }, () => {
  if (!('directory' in suite)) return;
  const { directory } = suite;
  const files = readdirSync(join(directory, 'tests')).filter((name) => /^test_.*\.py$/.test(name));

  it('are there, and the list of differences names no other', () => {
    assert.ok(files.length > 20);
    const known = files.map((file) => basename(file, '.py'));
    assert.deepEqual(
      Object.keys(DIFFERENCES).filter((name) => !known.includes(name)),
      [],
    );
  });

  for (const file of files) {
    it(file, () => {
      const name = basename(file, '.py');
      const wanted = new Map(namesIn(directory, file).map((test) => [test, expected(name, test)] as const));
      const run = [...wanted.keys()].filter((test) => wanted.get(test) !== 'waits');
      const { stdout, stderr } = runFile(directory, file, run);
      const seen = outcomes(stdout);
      for (const [test, outcome] of wanted) if (outcome === 'waits') seen.set(test, outcome);
      assert.deepEqual(seen, wanted, stdout + stderr);
      const unknown = Object.keys(DIFFERENCES[name] ?? {}).filter((test) => !wanted.has(test));
      assert.deepEqual([unknown, leftGroups()], [[], '']);
    });
  }
});
