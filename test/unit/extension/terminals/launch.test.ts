import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { describe, it } from 'node:test';
import { launch } from '../../../../extension/terminals/launch.ts';

/** Runs the terminal's program with a shell in the client's place; `input` is what the person types. */
function run(script: string, hold: 'failure' | 'always', input = ''): SpawnSyncReturns<string> {
  const { shellPath, shellArgs } = launch({ client: '/bin/sh', args: ['-c', script], hold, holdText: 'Press Enter.' });
  return spawnSync(shellPath, shellArgs, { input, encoding: 'utf8' });
}

describe('terminal launch', () => {
  it('passes arguments on untouched', () => {
    const args = ['run', '-it', 'a b', '$HOME', '"; touch /tmp/x', "it's"];
    const { shellPath, shellArgs } = launch({ client: '/bin/echo', args, hold: 'failure', holdText: 'x' });
    assert.equal(spawnSync(shellPath, shellArgs, { encoding: 'utf8' }).stdout, `${args.join(' ')}\n`);
  });

  it('ends with 0 whatever the last command in the container was', () => {
    const { status, stdout } = run('echo hi; exit 3', 'failure');
    assert.equal(status, 0);
    assert.equal(stdout, 'hi\n');
  });

  it('waits for Enter when the engine failed', () => {
    for (const code of [125, 126, 127]) {
      const { status, stdout } = run(`echo bad; exit ${code}`, 'failure', '\n');
      assert.equal(status, 0);
      assert.match(stdout, /bad\n.*Press Enter\./s);
    }
  });

  it('always waits where the output is what one came for', () => {
    assert.match(run('echo log', 'always', '\n').stdout, /log\n.*Press Enter\./s);
  });
});
