// Tab in real shells, as root and as an ordinary user.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, it } from 'node:test';
import { openTerminal, withoutTerminal } from '../../support/terminal.ts';
import { collect } from '../../support/world.ts';
import { forEachPerson } from './people.ts';

forEachPerson('completion', (world) => {
  const env = (): NodeJS.ProcessEnv => ({ PATH: `${dirname(world().client)}:${world().env['PATH'] ?? ''}` });
  const scriptOf = (shell: string): string => join(world().home, `${shell}-completion`);
  /** What a shell prints for a script of its own. */
  const inShell = async (shell: string, words: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await collect(world().start(shell, words, { stdio: 'pipe', env: env() }));
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
    return stdout.trimEnd().replaceAll('\n', ' ');
  };
  before(async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { stdout } = await world().slipway(['completion', shell]);
      writeFileSync(scriptOf(shell), stdout);
    }
    for (const words of [
      ['create', '--name', 'web-one', 'localhost/starter'],
      ['create', '--name', 'web-two', 'localhost/starter'],
      ['tag', 'localhost/starter', 'team/app:2.1'],
    ])
      assert.equal((await world().slipway(words)).status, 0);
  });

  /** What bash makes of the line with the cursor at its end. */
  const bash = (line: string): Promise<string> =>
    inShell('bash', [
      '-c',
      'source "$1"; complete -p slipway >/dev/null; COMP_LINE=$2; COMP_POINT=${#2}; _slipway; printf "%s\\n" "${COMPREPLY[@]}"',
      'bash',
      scriptOf('bash'),
      line,
    ]);

  it('bash', async () => {
    assert.equal(await bash('slipway hist'), 'history');
    assert.equal(await bash('slipway rm web-'), 'web-one web-two');
    assert.equal(await bash('slipway run -it --pull '), 'always missing never');
    assert.equal(await bash('slipway run --pull=al'), 'always', 'behind the equals sign');
    assert.equal(await bash('slipway run team/app:2'), '2.1', 'behind the colon');
    assert.equal(await bash('slipway stop '), '');
  });

  it('fish', async () => {
    const fish = async (line: string): Promise<string> =>
      (
        await inShell('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', scriptOf('fish'), line])
      ).replaceAll(/\t[^\t]*?(?= web-| team|$)/g, '');
    assert.equal(await fish('slipway hist'), 'history');
    assert.equal(await fish('slipway rm web-'), 'web-one web-two');
    assert.equal(await fish('slipway run team/app:2'), 'team/app:2.1');
  });

  it('zsh, at a prompt', { skip: withoutTerminal() ?? false }, async () => {
    const start = `zsh -f -i -c 'PATH=${env()['PATH'] ?? ''}; exec zsh -f -i'`;
    const terminal = await openTerminal(world(), start);
    try {
      await terminal.type(`autoload -Uz compinit; compinit -u -D; source ${scriptOf('zsh')}; PS1='READY '; clear`);
      await terminal.press('Enter');
      await terminal.waitFor(/^READY/);
      await terminal.type('slipway hist');
      await terminal.press('Tab');
      await terminal.waitFor(/READY slipway history/);
      await terminal.press('C-u');
      await terminal.type('slipway run team/app:2');
      await terminal.press('Tab');
      await terminal.waitFor(/READY slipway run team\/app:2\.1/);
      await terminal.press('C-u');
      await terminal.type('slipway rm web-');
      await terminal.press('Tab');
      await terminal.waitFor(/web-(one|two) +web-(one|two) +-- localhost\/starter, Created/);
    } finally {
      await terminal.close();
    }
  });

  it('says nothing, and starts nothing, where no server runs', async () => {
    const pid = world().serverPid();
    await world().slipway(['server', 'stop']);
    assert.deepEqual(await world().slipway(['__complete', '--', 'ru']), { status: 0, stdout: '', stderr: '' });
    assert.equal(await bash('slipway hist'), '');
    assert.equal((await world().slipway(['version'])).status, 0);
    assert.notEqual(world().serverPid(), pid);
  });
});
