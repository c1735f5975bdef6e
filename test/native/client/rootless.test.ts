// Starting the server as an ordinary user: the holder's namespaces, made, joined, refused.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { ordinaryUser, type OrdinaryUser, withoutOrdinaryUser } from '../../support/ordinary-user.ts';
import { CLIENT, type Env, Place, type Result } from './harness.ts';

interface Started {
  readonly argv: readonly string[];
  readonly pid: number;
  readonly map: string;
  readonly mounts: string;
}

const root = join(import.meta.dirname, '../../..');

describe('thin client: an ordinary user', { timeout: 60_000, skip: withoutOrdinaryUser() ?? false }, () => {
  let user: OrdinaryUser;
  let stage: string;
  let place: Place;

  // The checkout may lie where only root can read.
  before(() => {
    user = ordinaryUser();
    stage = mkdtempSync(join(tmpdir(), 'slipway-stage-'));
    chmodSync(stage, 0o755);
    for (const part of ['test/native/client', 'runtime-server/protocol', 'package.json']) {
      cpSync(join(root, part), join(stage, part), { recursive: true });
    }
    mkdirSync(join(stage, 'dist/bin'), { recursive: true });
    copyFileSync(CLIENT, join(stage, 'dist/bin/slipway'));
    copyFileSync(process.execPath, join(stage, 'dist/bin/node'));
    mkdirSync(join(stage, 'places'));
    chownSync(join(stage, 'places'), user.uid, user.gid);
    place = newPlace('first', (command, args, env) => user.runAs(command, args, { env }));
  });
  after(async () => {
    await place.remove();
    rmSync(stage, { recursive: true, force: true });
  });

  type RunAs = (command: string, args: readonly string[], env: Record<string, string | undefined>) => ChildProcess;

  // Node is found beside the program here.
  const newPlace = (name: string, run: RunAs): Place =>
    new Place(
      (command, args, env: Env) => {
        const staged = command === CLIENT ? join(stage, 'dist/bin/slipway') : command;
        const server = join(stage, 'test/native/client/fake-server.ts');
        return run(staged, args, { ...env, SLIPWAY_NODE: undefined, SLIPWAY_SERVER: server });
      },
      join(stage, 'places', name),
    );

  /** As the user, after `line` of shell as root in a mount namespace of this command alone. */
  const prepared =
    (line: string, through: readonly string[] = []): RunAs =>
    (command, args, env) => {
      const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--inh-caps=-all'];
      const after = ['sh', '-c', `${line} && exec "$@"`, 'sh', ...through, 'setpriv', ...ids, command, ...args];
      return spawn('unshare', ['--mount', ...after], { cwd: '/', env: { PATH: process.env['PATH'], ...env } });
    };

  const read = (result: Result): Started => {
    assert.equal(result.code, 0, result.stderr);
    return JSON.parse(result.stdout) as Started;
  };
  const option = (one: Started, name: string): string | undefined =>
    one.argv.includes(name) ? one.argv[one.argv.indexOf(name) + 1] : undefined;

  it('is root of a namespace with its ranges', async () => {
    const one = read(await place.slipway(['started']));
    assert.equal(option(one, '--mode'), 'rootless');
    assert.equal(option(one, '--mode-reason'), undefined);
    const lines = one.map
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    assert.deepEqual(lines[0], ['0', `${user.uid}`, '1']);
    assert.equal(lines[1]?.[0], '1');
    assert.equal(statSync(place.run).uid, user.uid);
  });

  it('sees its programs read-only', async () => {
    const one = read(await place.slipway(['started']));
    const mount = one.mounts.split('\n').find((line) => line.includes(` ${place.run}/bin `));
    assert.match(mount ?? '', / ro[, ]/);
    assert.equal(option(one, '--bin'), join(place.run, 'bin'));
  });

  it('joins the same namespaces after the server was killed', async () => {
    const one = read(await place.slipway(['started']));
    const holder = place.holderPid();
    process.kill(one.pid, 'SIGKILL');
    const other = read(await place.slipway(['started']));
    assert.notEqual(other.pid, one.pid);
    assert.equal(place.holderPid(), holder);
    assert.equal(other.map, one.map);
    assert.equal(other.mounts.split('\n').filter((line) => line.includes(` ${place.run}/bin `)).length, 1);
  });

  it('leaves a holder that keeps nothing of the person’s', () => {
    const holder = place.holderPid();
    assert.ok(holder !== undefined);
    assert.equal(readFileSync(`/proc/${holder}/comm`, 'utf8'), 'slipway-holder\n');
    assert.doesNotMatch(readFileSync(`/proc/${holder}/cmdline`, 'utf8'), /started/);
    assert.doesNotMatch(readFileSync(`/proc/${holder}/environ`, 'utf8'), /HOME/);
    const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${holder}/status`, 'utf8'));
    // A build with sanitizers is larger.
    assert.ok(process.env['SLIPWAY_TEST_CLIENT'] !== undefined || Number(resident?.[1]) < 1024);
  });

  it('makes a new holder when the recorded process is another one', async () => {
    const old = place.holderPid();
    assert.ok(old !== undefined);
    await place.slipway(['server', 'stop']);
    process.kill(old, 'SIGTERM');
    writeFileSync(join(place.run, 'holder'), `${process.pid} 1\n`);
    assert.equal(option(read(await place.slipway(['started'])), '--mode'), 'rootless');
    assert.notEqual(place.holderPid(), process.pid);
  });

  it('uses one id where there are no ranges, and the ranges once they are there', async () => {
    const single = newPlace('single', prepared('mount --bind /dev/null /etc/subuid'));
    const one = read(await single.slipway(['started']));
    assert.equal(option(one, '--mode'), 'single-id');
    assert.equal(option(one, '--mode-reason'), '/etc/subuid has no range for this user');
    assert.deepEqual(one.map.trim().split(/\s+/), ['0', `${user.uid}`, '1']);
    await single.slipway(['server', 'stop']);

    const better = newPlace('single', (command, args, env) => user.runAs(command, args, { env }));
    assert.equal(option(read(await better.slipway(['started'])), '--mode'), 'rootless');
    await better.remove();
  });

  it('uses one id where the helpers refuse the ranges', async () => {
    const single = newPlace('refused-ranges', prepared('mount --bind /bin/false /usr/bin/newgidmap'));
    const one = read(await single.slipway(['started']));
    assert.equal(option(one, '--mode'), 'single-id');
    assert.match(option(one, '--mode-reason') ?? '', /refused the ranges/);
    await single.remove();
  });

  it('goes on without a namespace where the kernel refuses one', async () => {
    // The kernel makes no user namespaces for processes in a chroot.
    const jail = join(stage, 'jail');
    mkdirSync(jail);
    const limited = newPlace('limited', prepared(`mount --rbind / ${jail}`, ['chroot', jail]));
    const one = read(await limited.slipway(['started']));
    assert.equal(option(one, '--mode'), 'none');
    assert.equal(option(one, '--mode-reason'), 'the kernel refused a user namespace: Operation not permitted');
    assert.equal(option(one, '--bin'), join(stage, 'dist/bin'));
    await limited.remove();
  });
});
