// The OCI runtime command line: one bundle through its life, exec, terminals, user namespaces of its own, errors.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ociBox } from './oci-box.ts';
import { inUserNamespace, processSpec, runtime, unavailable, type Spec } from './support.ts';

describe('OCI command line', { skip: unavailable, timeout: 120_000 }, () => {
  const { box, state, oci, detached, bundle, dispose } = ociBox();
  after(dispose);
  const show = (id: string): Record<string, unknown> => JSON.parse(oci('state', id).stdout) as Record<string, unknown>;

  it('runs in the foreground and returns the exit code', () => {
    const run = spawnSync(
      runtime,
      ['--root', state, 'run', '-b', bundle(['sh', '-c', 'cat; echo err >&2; exit 7']), 'fore'],
      { encoding: 'utf8', input: 'input' },
    );
    assert.deepEqual([run.status, run.stdout, run.stderr], [7, 'input', 'err\n']);
    assert.equal(oci('state', 'fore').status, 1, 'nothing is left');
  });

  it('returns 1 for its own failures, else the code of the process or 128 + signal', () => {
    assert.deepEqual(
      [oci('run', '-b', bundle(['nope']), 'x').status, oci('run', '-b', bundle(['/etc']), 'x').status],
      [1, 1],
    );
    assert.equal(
      oci(
        'run',
        '-b',
        bundle(['true'], (spec) => {
          spec.root.path = '/nowhere';
        }),
        'x',
      ).status,
      1,
    );
    assert.equal(oci('run', '-b', bundle(['sh', '-c', 'exec /bin/true']), 'x').status, 0);
    // A pid namespace's first process ignores its own signals: a child of it dies, and the shell tells.
    assert.equal(oci('run', '-b', bundle(['sh', '-c', 'sh -c "kill -KILL \\$\\$"; exit $?']), 'x').status, 137);
  });

  it('creates, starts, signals and deletes', () => {
    const dir = bundle(['sh', '-c', 'trap "exit 3" TERM; echo up >/up; while :; do sleep 0.01; done'], (spec) => {
      Object.assign(spec, { annotations: { a: 'b' } });
    });
    const pidFile = join(dir, 'pid');
    assert.equal(detached('create', '--bundle', dir, '--pid-file', pidFile, 'life'), 0);
    const created = show('life');
    assert.deepEqual([created['status'], created['bundle'], created['annotations']], ['created', dir, { a: 'b' }]);
    assert.equal(readFileSync(pidFile, 'utf8'), String(created['pid']));
    assert.match(oci('create', '--bundle', dir, 'life').stderr, /the name is taken/);
    assert.match(oci('delete', 'life').stderr, /is not stopped/);
    assert.equal(oci('start', 'life').status, 0);
    assert.match(oci('start', 'life').stderr, /not in state created/);
    assert.equal(show('life')['status'], 'running');
    assert.match(oci('list').stdout, /life +\d+ +running/);
    assert.equal((JSON.parse(oci('list', '--format', 'json').stdout) as unknown[]).length, 1);
    const end = oci('exec', 'life', 'sh', '-c', 'while ! test -e /up; do :; done');
    assert.equal(end.status, 0, end.stderr);
    assert.equal(oci('kill', 'life', 'SIGTERM').status, 0);
    while (show('life')['status'] !== 'stopped');
    assert.match(oci('kill', 'life').stderr, /has ended/);
    assert.equal(oci('delete', 'life').status, 0);
    assert.match(oci('state', 'life').stderr, /does not exist/);
  });

  it('deletes a created container by force', () => {
    assert.equal(detached('create', '-b', bundle(['true']), 'forced'), 0);
    assert.equal(oci('delete', '--force', 'forced').status, 0);
    assert.equal(oci('list', '-q').stdout, '');
  });

  it('finds a missing program at create', () => {
    const failed = oci('create', '-b', bundle(['missing']), 'early');
    assert.deepEqual(
      [failed.status, failed.stderr],
      [1, 'slipway-runtime: exec missing: executable file not found in $PATH\n'],
    );
    assert.equal(oci('list', '-q').stdout, '');
  });

  it('runs other processes inside', () => {
    detached('run', '--detach', '-b', bundle(['sleep', '1000']), 'inside');
    const direct = oci(
      'exec',
      '--cwd',
      '/tmp',
      '-e',
      'A=1',
      '--env=B=2',
      '-u',
      '1000:100',
      'inside',
      'sh',
      '-c',
      'pwd; echo $A$B $(id -u) $(id -g); exit 4',
    );
    assert.deepEqual([direct.status, direct.stdout], [4, '/tmp\n12 1000 100\n']);
    const file = join(box.dir, 'process.json');
    writeFileSync(file, JSON.stringify(processSpec(['hostname'])));
    assert.equal(oci('exec', '--process', file, 'inside').stdout, 'box\n');
    assert.equal(oci('exec', 'inside', 'nope').status, 1);
    oci('delete', '-f', 'inside');
  });

  it("relays a terminal to the caller's own", { skip: !existsSync('/usr/bin/script') && 'no script(1)' }, () => {
    const dir = bundle(['sh', '-c', 'tty; read line; echo "got $line"; exit 5'], (spec) => {
      spec.process.terminal = true;
    });
    const run = spawnSync('script', ['-qec', `${runtime} --root ${state} run -b ${dir} tty`, '/dev/null'], {
      encoding: 'utf8',
      input: 'hello\n',
    });
    assert.match(run.stdout, /\/dev\/pts\/0\r\n/);
    assert.match(run.stdout, /got hello\r\n/);
    assert.equal(run.status, 5);
  });

  it('makes a user namespace of its own', { skip: inUserNamespace && 'the maps belong to the outer one' }, () => {
    const dir = bundle(['sh', '-c', 'cat /proc/self/uid_map; id -u; stat -c %u /bin; ip -o link | wc -l'], (spec) => {
      spec.linux.namespaces.push({ type: 'user' });
      Object.assign(spec.linux, {
        uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
        gidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
      });
      spec.mounts.shift();
      spec.root.path = box.rootfs;
    });
    for (const name of ['proc', 'sys', 'dev']) mkdirSync(join(box.rootfs, name), { recursive: true });
    const run = oci('run', '-b', dir, 'user');
    assert.deepEqual([run.stderr, run.stdout.trim().split(/\s+/)], ['', ['0', '100000', '65536', '0', '65534', '1']]);
  });

  it('joins the namespaces of another container', () => {
    detached('run', '-d', '-b', bundle(['sleep', '1000']), 'first');
    const pid = String(show('first')['pid']);
    const dir = bundle(['sh', '-c', 'readlink /proc/self/ns/net; echo $$; hostname'], (spec) => {
      for (const namespace of spec.linux.namespaces) {
        const file = { network: 'net', pid: 'pid', ipc: 'ipc' }[namespace.type];
        if (file !== undefined) namespace.path = `/proc/${pid}/ns/${file}`;
      }
      spec.hostname = 'second';
    });
    const [net, own, host] = oci('run', '-b', dir, 'second').stdout.split('\n');
    assert.equal(net, oci('exec', 'first', 'readlink', '/proc/1/ns/net').stdout.trim());
    assert.ok(Number(own) > 1);
    assert.equal(host, 'second');
    oci('delete', '-f', 'first');
  });

  it('writes a config.json that runs', () => {
    const dir = join(box.dir, 'from-spec');
    mkdirSync(dir);
    assert.equal(oci('spec', '--bundle', dir).status, 0);
    assert.match(oci('spec', '--bundle', dir).stderr, /exists/);
    const spec = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8')) as Spec;
    Object.assign(spec.process, { terminal: false, args: ['/bin/echo', 'from spec'] });
    spec.root.path = box.rootfs;
    for (const name of ['proc', 'sys', 'dev']) mkdirSync(join(box.rootfs, name), { recursive: true });
    writeFileSync(join(dir, 'config.json'), JSON.stringify(spec));
    assert.equal(oci('run', '-b', dir, 'spec').stdout, 'from spec\n');
  });

  it('tells its features', () => {
    const features = JSON.parse(oci('features').stdout) as { ociVersionMax: string; linux: { capabilities: string[] } };
    assert.equal(features.ociVersionMax, '1.2.0');
    assert.equal(features.linux.capabilities.length, 41);
  });

  it('writes errors to the log asked for', () => {
    const log = join(box.dir, 'log.json');
    spawnSync(runtime, ['--log', log, '--log-format', 'json', '--root', state, 'state', 'no"body']);
    const line = JSON.parse(readFileSync(log, 'utf8')) as { level: string; msg: string };
    assert.deepEqual([line.level, line.msg], ['error', 'find container no"body: not a container\'s name']);
  });

  const wrong: [string[], RegExp][] = [
    [[], /^usage:/],
    [['frobnicate'], /no such command/],
    [['run'], /container id is required/],
    [['run', '--preserve-fds', '-1', 'x'], /./],
    [['--log-format', 'xml', 'list'], /--log-format: must be text or json/],
    [['run', '../x'], /./],
    [['state', '../../etc'], /not a container's name/],
    [['kill', 'x', 'SIGWHAT'], /no such signal/],
    [['--what', 'list'], /no such option/],
    [['exec', 'x'], /are required/],
  ];
  for (const [args, message] of wrong) {
    it(`refuses "${args.join(' ')}"`, () => {
      const run = oci(...args);
      assert.equal(run.status, 1);
      assert.match(run.stderr, message);
    });
  }

  const configs: [string, (spec: Spec) => void, RegExp][] = [
    ['an AppArmor profile', (spec) => Object.assign(spec.process, { apparmorProfile: 'x' }), /AppArmor is not enabled/],
    ['no mount namespace', (spec) => (spec.linux.namespaces = [{ type: 'pid' }]), /mount namespace/],
    [
      'an unknown namespace',
      (spec) => spec.linux.namespaces.push({ type: 'moon' }),
      /linux\.namespaces\[6\]\.type: no such namespace: moon/,
    ],
    ['a relative cwd', (spec) => (spec.process.cwd = 'here'), /process\.cwd: must be an absolute path/],
    [
      'a uid above 2^31',
      (spec) => (spec.process.user.uid = 2 ** 31),
      /process\.user\.uid: must be between 0 and 2147483647/,
    ],
    [
      'the sysctl that hostname is for',
      (spec) => (spec.linux['sysctl'] = { 'kernel.hostname': 'x' }),
      /sysctl\.kernel\.hostname: is what hostname is for/,
    ],
    [
      'an unknown bind option',
      (spec) => spec.mounts.push({ destination: '/x', type: 'bind', source: '/', options: ['bind', 'zz'] }),
      /no such option of a bind mount: zz/,
    ],
    ['a zero byte', (spec) => spec.process.args.push('a\0b'), /process\.args\[\d\]: must not hold a zero byte/],
    ['another version', (spec) => (spec.ociVersion = '2.0.0'), /ociVersion/],
    [
      'an unknown seccomp action',
      (spec) => (spec.linux.seccomp = { defaultAction: 'SCMP_ACT_WAVE' }),
      /linux\.seccomp\.defaultAction: no such action/,
    ],
    [
      'a namespace that is a file',
      (spec) => Object.assign(spec.linux.namespaces[2] ?? {}, { path: '/etc/passwd' }),
      /not a namespace/,
    ],
  ];
  for (const [what, change, message] of configs) {
    it(`refuses a config with ${what}`, () => {
      const run = oci('run', '-b', bundle(['true'], change), 'wrong');
      assert.equal(run.status, 1);
      assert.match(run.stderr, message);
      assert.equal(oci('list', '-q').stdout, '');
    });
  }
});
