// What only some machines can keep is refused with the reason, before anything is made.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostOptions } from '../../../runtime-server/protocol/host-options.ts';
import { hostSpec } from '../../../runtime-server/src/containers/host-spec.ts';
import { checkMachine, requireMachine, type Machine } from '../../../runtime-server/src/containers/machine.ts';
import { createCgroups, type Delegation } from '../../../runtime-server/src/launcher/cgroups.ts';
import { containerSpec } from '../../../runtime-server/src/launcher/spec.ts';

const DELEGATED: Delegation = { path: '/own', reason: '' };
const NOTHING: Delegation = { reason: 'this machine uses cgroup v1' };
const null_ = (permissions: string): HostOptions => ({
  devices: [{ pathOnHost: '/dev/null', pathInContainer: '/dev/mine', permissions }],
});

function machine(
  delegation: Delegation,
  ownsMachine = true,
  answer = '{"status":"ok"}',
  calls: string[] = [],
): Machine {
  const cgroups = createCgroups(delegation, (words, input) => {
    calls.push(`${words.join(' ')} ${input}`);
    return Promise.resolve(answer);
  });
  return { cgroups, ownsMachine };
}

describe('requireMachine', () => {
  const refused = (at: Machine, options: HostOptions, sentence: RegExp): void => {
    assert.throws(() => {
      requireMachine(at, options, 'container');
    }, sentence);
  };

  it('the host’s PID namespace needs a cgroup that ends all of its processes', () => {
    refused(machine(NOTHING), { pidMode: 'host' }, /share the host's PID namespace: this machine uses cgroup v1/);
    requireMachine(machine(DELEGATED, false), { pidMode: 'host' }, 'container');
  });

  it('a device for reading or writing alone needs rules, and rules a cgroup of the machine’s own', () => {
    for (const permissions of ['r', 'w', 'm', 'rm', 'wm']) {
      const sentence = new RegExp(`add device /dev/null: permissions ${permissions} can't be kept: `);
      refused(machine(DELEGATED, false), null_(permissions), sentence);
      refused(machine(NOTHING), null_(permissions), sentence);
      requireMachine(machine(DELEGATED), null_(permissions), 'container');
    }
    for (const whole of ['rwm', 'rw']) requireMachine(machine(NOTHING, false), null_(whole), 'container');
  });
});

describe('checkMachine', () => {
  it('asks once for the controllers of the limits, and for nothing where nothing is limited', async () => {
    const calls: string[] = [];
    await checkMachine(machine(DELEGATED, true, undefined, calls), { pidsLimit: 5 });
    await checkMachine(machine(DELEGATED, true, undefined, calls), { pidsLimit: -1 });
    assert.deepEqual(calls, ['cgroup check --path /own/c --resources - {"pids":{"limit":5}}']);
  });

  it('refuses a limit whose controller is missing with the file', async () => {
    const missing =
      '{"status":"error","step":"cgroup","path":"/sys/fs/cgroup/own/c/cgroup.controllers","errno":2,"message":"the cpuset controller is not available here"}';
    await assert.rejects(
      checkMachine(machine(DELEGATED, true, missing), { cpusetCpus: '0' }),
      /^EngineError: limit container: \/sys\/fs\/cgroup\/own\/c\/cgroup.controllers: the cpuset controller is not available here$/,
    );
  });
});

describe('device rules', () => {
  const rules = async (at: Machine, options: HostOptions): Promise<unknown> => {
    const seccomp = (): Promise<never> => Promise.reject(new Error('asked'));
    const host = await hostSpec(
      { ...at, seccomp },
      { ...options, securityOpt: ['seccomp=unconfined'] },
      { id: 'one', name: 'one' },
    );
    const files = { hosts: '/h', hostname: '/n', resolvConf: '/r' };
    const process = { args: ['true'], env: [], cwd: '/', tty: false, hostname: 'one', user: '' };
    const overlay = { lowerDirs: ['/l'], upperDir: '/u', workDir: '/w', etc: files, binds: [] };
    return containerSpec({ ...process, ...overlay, host }).linux.resources;
  };
  const none = { allow: false, access: 'rwm' };

  it('are docker’s: nothing but what every container has, and what is asked for as it is asked for', async () => {
    assert.deepEqual(await rules(machine(DELEGATED), {}), { devices: [none] });
    const asked = { allow: true, type: 'c', major: 1, minor: 3, access: 'r' };
    assert.deepEqual(await rules(machine(DELEGATED), { ...null_('r'), pidsLimit: 5 }), {
      pids: { limit: 5 },
      devices: [none, asked],
    });
  });

  it('let a privileged container open all', async () => {
    assert.deepEqual(await rules(machine(DELEGATED), { privileged: true }), {
      devices: [{ allow: true, access: 'rwm' }],
    });
  });

  it('are none in a user namespace or without a cgroup', async () => {
    assert.equal(await rules(machine(DELEGATED, false), null_('rwm')), undefined);
    assert.equal(await rules(machine(NOTHING), null_('rwm')), undefined);
  });
});
