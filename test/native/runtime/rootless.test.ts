// All tests of this folder once more as an ordinary user: in a user namespace with that user's subordinate ids, as the
// server runs. Each result is told under its own name.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inUserNamespace, runtime } from './support.ts';

// An ordinary user with ranges in /etc/subuid: the caller, or for root the first one listed there.
function findUser(): { prefix: string[]; user: string } | string {
  const owners = existsSync('/etc/subuid')
    ? readFileSync('/etc/subuid', 'utf8')
        .split('\n')
        .map((line) => line.split(':')[0] ?? '')
    : [];
  const self = spawnSync('id', ['-un'], { encoding: 'utf8' }).stdout.trim();
  if (process.getuid?.() !== 0)
    return owners.includes(self) ? { prefix: [], user: self } : `${self} has no range in /etc/subuid`;
  const user = owners.find((name) => name !== '' && name !== 'root' && spawnSync('id', [name]).status === 0);
  return user === undefined ? 'no user has a range in /etc/subuid' : { prefix: ['runuser', '-u', user, '--'], user };
}

const UNSHARE = ['unshare', '--user', '--map-users=auto', '--map-groups=auto', '--map-root-user'];
/** Without subordinate ids: root is all there is. */
const SINGLE_ID = ['unshare', '--user', '--map-root-user'];

function reasonToSkip(): string | false {
  if (inUserNamespace) return 'already in a user namespace';
  if (!existsSync(runtime)) return 'slipway-runtime is not built (make -C native)';
  const found = findUser();
  if (typeof found === 'string') return found;
  const tried = start([...found.prefix, ...UNSHARE, 'true']);
  return tried.status === 0 ? false : `no user namespace for ${found.user}: ${tried.stderr.trim()}`;
}

interface Result {
  readonly name: string;
  readonly ok: boolean;
  readonly skip: string | undefined;
  readonly detail: string;
}

// The leaves of a TAP report: `    ok 1 - name # SKIP reason`, with the lines that follow.
function parseTap(text: string): Result[] {
  const results: Result[] = [];
  const pattern =
    /^ {4}(not )?ok \d+ - (.*?)(?: # SKIP ?(.*))?\n([\s\S]*?)(?=^ {0,4}(?:not ok|ok|# Subtest)|\n1\.\.)/gm;
  for (const [, not, name = '', skip, detail = ''] of text.matchAll(pattern))
    results.push({ name, ok: not === undefined, skip, detail });
  return results;
}

function runAll(title: string, prefix: readonly string[], files: readonly string[]): void {
  for (const file of files) {
    describe(`${file} ${title}`, () => {
      const env = {
        PATH: process.env['PATH'] ?? '',
        SLIPWAY_TEST_USERNS: '1',
        HOME: '/tmp',
        ...pass('SLIPWAY_TEST_BIN'),
      };
      const run = start(
        [...prefix, process.execPath, '--test', '--test-reporter=tap', join(import.meta.dirname, file)],
        env,
      );
      const results = parseTap(run.stdout);
      it('ran', () => {
        assert.ok(results.length > 0, run.stdout + run.stderr);
        assert.equal(
          results.every(({ ok }) => ok),
          run.status === 0,
          run.stdout,
        );
      });
      for (const { name, ok, skip, detail } of results)
        it(name, { skip: skip ?? false }, () => {
          assert.ok(ok, detail);
        });
    });
  }
}

describe('as an ordinary user', { skip: reasonToSkip() }, () => {
  const found = findUser();
  if (typeof found === 'string') return;
  const files = readdirSync(import.meta.dirname).filter(
    (name) => name.endsWith('.test.ts') && name !== 'rootless.test.ts',
  );
  runAll('with subordinate ids', [...found.prefix, ...UNSHARE], files.sort());
  runAll(
    'with a single id',
    [...found.prefix, ...SINGLE_ID],
    ['attach.test.ts', 'hostile.test.ts', 'isolation.test.ts', 'log.test.ts'],
  );
});

function start(words: string[], env: NodeJS.ProcessEnv = process.env): SpawnSyncReturns<string> {
  const [command = ''] = words;
  return spawnSync(command, words.slice(1), { encoding: 'utf8', env, cwd: '/', maxBuffer: 1 << 26, timeout: 180_000 });
}

function pass(name: string): Record<string, string> {
  const value = process.env[name];
  return value === undefined ? {} : { [name]: value };
}
