// AppArmor, which Debian's kernel has on: a profile confines a container and each exec in it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { IMAGE, ok, slipway } from '../slipway.ts';

const PROFILE = `profile slipway-test flags=(attach_disconnected,mediate_deleted) {
  file,
  capability,
  network,
  signal,
  deny /secret w,
}
`;

/** apparmor_parser(8) with the profile on its standard input. */
function parser(option: '--replace' | '--remove'): void {
  const { status, stderr } = spawnSync('apparmor_parser', [option], { input: PROFILE, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

describe('--security-opt apparmor', () => {
  before(() => {
    parser('--replace');
  });
  after(async () => {
    await ok('system', 'reset', '--yes');
    parser('--remove');
  });
  const script = 'cat /proc/self/attr/current; echo x >/open && cat /open; (echo x >/secret) 2>&1 && cat /secret';
  const run = (...options: string[]): Promise<string> =>
    ok('run', '--rm', ...options, IMAGE, 'sh', '-c', `${script}; true`);

  it('confines the container', async () => {
    assert.match(
      await run('--security-opt', 'apparmor=slipway-test'),
      /^slipway-test \(enforce\)\nx\n.*Permission denied\n$/,
    );
  });

  it('confines what exec starts', async () => {
    await ok('run', '-d', '--name', 'held', '--security-opt', 'apparmor=slipway-test', IMAGE, 'sleep', '10000');
    assert.match(
      await ok('exec', 'held', 'sh', '-c', `${script}; true`),
      /^slipway-test \(enforce\)\nx\n.*Permission denied\n$/,
    );
    await ok('rm', '-f', 'held');
  });

  it('unconfined, as without the option, denies nothing', async () => {
    for (const options of [[], ['--security-opt', 'apparmor=unconfined']])
      assert.equal(await run(...options), 'unconfined\nx\nx\n');
  });

  it('a profile that is not loaded is refused with its name, and nothing is left', async () => {
    const { stderr, status } = await slipway('run', '--rm', '--security-opt', 'apparmor=nosuch', IMAGE, 'true');
    assert.equal(status, 125, stderr);
    assert.match(
      stderr,
      /^slipway: start container \w+: set AppArmor profile nosuch: no such profile is loaded\n {2}See [^\n]*\n$/,
    );
    assert.equal(await ok('ps', '-aq'), '');
  });
});
