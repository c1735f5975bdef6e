// The engine's own place: what the thin client asks for before it starts the server, and what it tells it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ordinaryUser, withoutOrdinaryUser, type OrdinaryUser } from '../../support/ordinary-user.ts';
import { CLIENT, Place, type Env } from '../client/harness.ts';
import { Bus, failure, jobRemoved, returned, type BusOptions } from './bus.ts';
import { MOUNT, below, control, present, runWithCgroups, unified } from './support.ts';

runWithCgroups(import.meta.filename);

const root = resolve(import.meta.dirname, '../../..');
const isRoot = process.getuid?.() === 0;

interface Started {
  readonly argv: readonly string[];
  readonly pid: number;
}
const option = (one: Started, name: string): string | undefined =>
  one.argv.includes(name) ? one.argv[one.argv.indexOf(name) + 1] : undefined;

describe('the place of the engine: root', { skip: !isRoot && 'not root', timeout: 60_000 }, () => {
  it('is made, or refused with the reason', async () => {
    const place = new Place();
    const result = await place.slipway(['started']);
    const one = JSON.parse(result.stdout) as Started;
    await place.remove();
    if (!unified) {
      assert.equal(option(one, '--cgroup'), undefined);
      assert.match(option(one, '--cgroup-reason') ?? '', /cgroup v1: cgroup v2 alone is needed/);
      return;
    }
    const path = option(one, '--cgroup') ?? '';
    assert.match(path, /^\/slipway-[0-9a-f]{8}$/);
    assert.equal(present(path), true);
    rmdirSync(join(MOUNT, path));
  });
});

const noUser = !isRoot ? 'not root' : !unified ? 'cgroup v2 is not mounted alone' : (withoutOrdinaryUser() ?? false);

describe('the place of the engine: an ordinary user', { skip: noUser, timeout: 120_000 }, () => {
  let user: OrdinaryUser;
  let stage: string;
  let count = 0;
  const top = `/slipway-user-${process.pid}`;
  before(() => {
    user = ordinaryUser();
    stage = mkdtempSync(join(tmpdir(), 'slipway-stage-'));
    chmodSync(stage, 0o755);
    for (const part of ['test/native/client', 'runtime-server/protocol', 'package.json'])
      cpSync(join(root, part), join(stage, part), { recursive: true });
    mkdirSync(join(stage, 'dist/bin'), { recursive: true });
    copyFileSync(CLIENT, join(stage, 'dist/bin/slipway'));
    copyFileSync(process.execPath, join(stage, 'dist/bin/node'));
    mkdirSync(join(stage, 'places'));
    chownSync(join(stage, 'places'), user.uid, user.gid);
    mkdirSync(join(MOUNT, top));
    chownSync(join(MOUNT, top, 'cgroup.procs'), user.uid, user.gid);
  });
  after(() => {
    rmSync(stage, { recursive: true, force: true });
    // Holders are ending.
    writeFileSync(join(MOUNT, top, 'cgroup.kill'), '1');
    while (!control(top, 'cgroup.events').includes('populated 0'));
    removeTree(top);
  });

  function removeTree(path: string): void {
    for (const name of below(path)) removeTree(join(path, name));
    rmdirSync(join(MOUNT, path));
  }

  /** As the user, its shell put into a cgroup that this user may move processes out of. */
  const newPlace = (bus: string | undefined): Place =>
    new Place(
      (command, args, env: Env) => {
        const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--inh-caps=-all'];
        const staged = command === CLIENT ? join(stage, 'dist/bin/slipway') : command;
        const words = [
          '-c',
          `echo 0 >${MOUNT}${top}/cgroup.procs; exec "$@"`,
          'sh',
          'setpriv',
          ...ids,
          staged,
          ...args,
        ];
        const server = join(stage, 'test/native/client/fake-server.ts');
        const more = { SLIPWAY_NODE: undefined, SLIPWAY_SERVER: server, DBUS_SESSION_BUS_ADDRESS: bus };
        return spawn('/bin/sh', words, {
          cwd: '/',
          env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env, ...more },
        });
      },
      join(stage, 'places', `p${++count}`),
    );

  async function started(place: Place): Promise<Started> {
    const result = await place.slipway(['started']);
    assert.equal(result.code, 0, result.stderr);
    return JSON.parse(result.stdout) as Started;
  }
  const cgroupOf = (pid: number): string => /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? '';
  const bus = (options: BusOptions): Promise<Bus> => Bus.listen(join(stage, `bus-${++count}`), options);

  it('is a scope with server and holder in a leaf, and the next server joins it', async () => {
    const peer = await bus({ top, owner: user });
    const place = newPlace(peer.address);
    try {
      const one = await started(place);
      const scope = option(one, '--cgroup') ?? '';
      assert.match(scope, new RegExp(`^${top}/slipway-[0-9a-f]{8}\\.scope$`));
      assert.equal(option(one, '--cgroup-reason'), undefined);
      assert.equal(cgroupOf(one.pid), `${scope}/server`);
      assert.equal(cgroupOf(place.holderPid() ?? 0), `${scope}/server`);
      const call = peer.calls.find(({ member }) => member === 'StartTransientUnit');
      const properties = Object.fromEntries(call?.body[2] as [string, unknown][]);
      assert.deepEqual(
        [call?.body[1], properties['Delegate'], properties['CollectMode']],
        ['fail', 1, 'inactive-or-failed'],
      );
      process.kill(one.pid, 'SIGKILL');
      const second = await bus({
        top,
        owner: user,
        answer: (made, serial) =>
          made.member === 'StartTransientUnit'
            ? [failure(serial, 'org.freedesktop.systemd1.UnitExists', 'Unit was already loaded')]
            : undefined,
      });
      const next = newPlace(second.address);
      Object.assign(next, { run: place.run, data: place.data, env: place.env });
      const other = await started(next);
      assert.equal(option(other, '--cgroup'), scope);
      assert.equal(cgroupOf(other.pid), `${scope}/server`);
      second.close();
    } finally {
      await place.remove();
      peer.close();
    }
  });

  const refusals: [string, BusOptions, RegExp][] = [
    ['a bus that says nothing', { mute: true }, /no answer in time/],
    ['a bus that refuses the user', { auth: 'REJECTED EXTERNAL\r\n' }, /refused this user/],
    ['a line without end', { auth: 'x'.repeat(4096) }, /not the protocol of a bus/],
    [
      'a message that is too long',
      { answer: () => [Buffer.from('l\x02\x00\x01\xff\xff\xff\x7f\x01\x00\x00\x00\xff\xff\xff\x7f', 'latin1')] },
      /malformed or too long/,
    ],
    ['a message that is none', { answer: () => [Buffer.alloc(64)] }, /malformed/],
    [
      'a systemd that refuses',
      {
        answer: (call, serial) =>
          call.member === 'StartTransientUnit' ? [failure(serial, 'org.x.AccessDenied', 'no way')] : undefined,
      },
      /no way/,
    ],
    [
      'a job that fails',
      {
        answer: (call, serial) =>
          call.member === 'StartTransientUnit'
            ? [returned(serial, ['/job']), jobRemoved(String(call.body[0]), 'failed')]
            : undefined,
      },
      /did not make the scope: failed/,
    ],
    [
      'a systemd that does nothing',
      {
        answer: (call, serial) =>
          call.member === 'StartTransientUnit'
            ? [returned(serial, ['/job']), jobRemoved(String(call.body[0]))]
            : undefined,
      },
      /did not move this process/,
    ],
  ];
  for (const [name, options, reason] of refusals)
    it(`starts without one: ${name}`, async () => {
      const peer = await bus(options);
      const place = newPlace(peer.address);
      try {
        const one = await started(place);
        assert.equal(option(one, '--cgroup'), undefined);
        assert.match(option(one, '--cgroup-reason') ?? '', reason);
      } finally {
        await place.remove();
        peer.close();
      }
    });

  for (const [address, reason] of [
    [undefined, /there is no bus of this user/],
    ['tcp:host=x', /no address of a bus/],
    ['unix:path=/nowhere', /No such file/],
    [`unix:path=/${'x'.repeat(200)}`, /no address of a bus/],
  ] as const)
    it(`starts without one: the address ${String(address).slice(0, 20)}`, async () => {
      const place = newPlace(address);
      try {
        assert.match(option(await started(place), '--cgroup-reason') ?? '', reason);
      } finally {
        await place.remove();
      }
    });
});
