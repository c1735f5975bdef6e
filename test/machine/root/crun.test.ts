// The tests of crun that need every controller of cgroup v2, which a Debian with systemd gives to root: each passes, but for the
// differences that are meant. All others run on the machine itself (test/integration/peers/conformance.test.ts).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DIFFERENCES } from '../../integration/peers/differences.ts';
import { namesIn, outcomes, type Outcome } from '../../support/crun-suite.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const SUITE = join(ROOT, 'suites/crun');

function expected(file: string, test: string): Outcome {
  const difference = DIFFERENCES[file]?.[test];
  return difference === undefined || difference.where !== undefined ? 'passes' : difference.outcome;
}

describe(
  'the tests of crun about control groups',
  { skip: !existsSync(SUITE) && 'the suite is not on the disk' },
  () => {
    let work = '';
    before(() => {
      // They write beside themselves.
      work = mkdtempSync(join(tmpdir(), 'crun-'));
      cpSync(SUITE, work, { recursive: true });
    });
    after(() => {
      rmSync(work, { recursive: true });
    });
    for (const file of ['test_resources', 'test_limits', 'test_devices'])
      it(file, () => {
        const names = namesIn(SUITE, `${file}.py`);
        const env = {
          ...process.env,
          OCI_RUNTIME: join(ROOT, 'dist/bin/slipway-runtime'),
          INIT: join(work, 'tests/init'),
        };
        const { stdout, stderr } = spawnSync('python3', [`tests/${file}.py`], { cwd: work, env, encoding: 'utf8' });
        assert.ok(names.length > 1);
        assert.deepEqual(outcomes(stdout), new Map(names.map((name) => [name, expected(file, name)])), stdout + stderr);
      });
  },
);
