// slipway-init on its own: exit statuses, signals, and as the first process of a pid namespace the orphans.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';

const DIRECTORY = process.env['SLIPWAY_TEST_BIN'] ?? join(resolve(import.meta.dirname, '../../..'), 'dist/bin');
const INIT = join(DIRECTORY, 'slipway-init');
const unavailable = existsSync(INIT) ? false : 'slipway-init is not built (make -C native)';

function run(...words: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(INIT, words, { encoding: 'utf8' });
}

describe('slipway-init', { skip: unavailable, timeout: 60_000 }, () => {
  it('ends as the command ends: with its status, or 128 and the signal', () => {
    assert.equal(run('--', 'sh', '-c', 'exit 7').status, 7);
    assert.equal(run('true').status, 0);
    assert.equal(run('--', 'sh', '-c', 'kill -9 $$').status, 137);
  });

  it('says why a command can’t be started, with a shell’s status', () => {
    const missing = run('--', '/nosuch');
    assert.deepEqual(
      [missing.status, missing.stderr],
      [127, 'slipway-init: exec /nosuch: No such file or directory\n'],
    );
    assert.equal(run('--', '/etc/passwd').status, 126);
    assert.equal(run('--').status, 125);
    assert.match(run().stderr, /^usage:/);
  });

  it('forwards signals to the command, which has the mask it was started with', async () => {
    const script =
      'for s in TERM HUP USR1; do trap "echo $s" $s; done; trap "exit 9" INT; echo up; while :; do sleep 0.02; done';
    const child = spawn(INIT, ['--', 'sh', '-c', script]);
    let seen = '';
    const signals: NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGINT'];
    // One after the other: the shell says that it has got each.
    child.stdout.on('data', (text: Buffer) => {
      seen += text.toString();
      const next = signals.shift();
      if (next !== undefined) child.kill(next);
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    assert.deepEqual([status, seen], [9, 'up\nTERM\nHUP\nUSR1\n']);
  });

  it('reaps the orphans of its pid namespace', { skip: process.getuid?.() === 0 ? false : 'needs root' }, () => {
    const orphans =
      'for i in 1 2 3 4 5; do (sleep 0.05 &) ; done; sleep 0.5; grep -c "^State:.Z" /proc/[0-9]*/status | grep -c ":1"';
    const { stdout } = spawnSync('unshare', ['--fork', '--pid', '--mount-proc', INIT, '--', 'sh', '-c', orphans], {
      encoding: 'utf8',
    });
    assert.equal(stdout, '0\n');
  });
});
