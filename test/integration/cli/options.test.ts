// What a container may, as a person types it: each option is seen from inside the container.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { assertResult, containerIds, forEachPerson, inspect } from './people.ts';

const IMAGE = 'localhost/starter';

forEachPerson('options', (world) => {
  const slipway = (...words: string[]): ReturnType<ReturnType<typeof world>['slipway']> => world().slipway(words);
  /** Runs a script with these options; what it prints. */
  const inside = async (options: readonly string[], script: string): Promise<string> => {
    const result = await slipway('run', '--rm', ...options, IMAGE, 'sh', '-c', script);
    assert.equal(result.status, 0, JSON.stringify(result));
    return result.stdout;
  };
  /** Whether this machine gives this person control groups. */
  const delegated = async (): Promise<boolean> =>
    !/containers run without limits/.test((await slipway('doctor')).stdout);
  const status = (name: string): string => `grep ^${name}: /proc/self/status | cut -f2`;

  it('--cap-add and --cap-drop', async () => {
    assert.equal(await inside(['--cap-drop', 'ALL'], status('CapBnd')), '0000000000000000\n');
    assert.equal(await inside(['--cap-drop', 'all', '--cap-add', 'chown'], status('CapEff')), '0000000000000001\n');
    assert.equal(await inside(['--cap-add', 'CAP_NET_ADMIN'], status('CapEff')), '00000000a80435fb\n');
    const all = await inside(['--cap-add', 'ALL', '--cap-drop', 'net_raw'], status('CapEff'));
    assert.equal(BigInt(`0x${all.trim()}`) & 0x202000n, 0x200000n, all);
    assert.equal(await inside(['-u', 'nobody', '--cap-add', 'NET_ADMIN'], status('CapEff')), '0000000000000000\n');
    const wrong = await slipway('run', '--rm', '--cap-add', 'magic', IMAGE, 'true');
    assertResult(wrong, { status: 125 });
    assert.match(wrong.stderr, /invalid CapAdd: unknown capability: "CAP_MAGIC"/);
  });

  it('--add-host, --dns and its companions make the files of /etc', async () => {
    const hosts = await inside(['--add-host', 'db:10.1.2.3', '--add-host=six=[fe80::1]'], 'tail -n 2 /etc/hosts');
    assert.equal(hosts, '10.1.2.3\tdb\nfe80::1\tsix\n');
    const dns = ['--dns', '10.0.0.1', '--dns', '::1', '--dns-search', 'lan', '--dns-option', 'ndots:2'];
    const resolv = 'nameserver 10.0.0.1\nnameserver ::1\nsearch lan\noptions ndots:2\n';
    assert.equal(await inside(dns, 'cat /etc/resolv.conf'), resolv);
    // Kept for the next start, and told.
    assertResult(
      await slipway('create', '--name', 'named', ...dns, '--expose', '80-81', '--annotation', 'a.b=c', IMAGE),
      {
        status: 0,
      },
    );
    const { HostConfig, Config } = await inspect(world(), 'named');
    assert.deepEqual(
      [HostConfig['Dns'], HostConfig['DnsSearch'], HostConfig['DnsOptions'], HostConfig['Annotations']],
      [...[['10.0.0.1', '::1'], ['lan'], ['ndots:2'], { 'a.b': 'c' }]],
    );
    assert.deepEqual(Config['ExposedPorts'], { '80/tcp': {}, '81/tcp': {} });
    await slipway('rm', 'named');
    for (const [words, reason] of [
      [['--add-host', 'db'], /bad format for add-host: "db"/],
      [['--add-host', 'db:nowhere'], /invalid IP address in add-host: "nowhere"/],
      [['--dns', 'one.one'], /IP address is not correctly formatted: one\.one/],
      [['--annotation', 'dev.slipway.user=0'], /that name is not free/],
      [['--link', 'db'], /use --link: containers have no network/],
      [['--gpus', 'all'], /use --gpus: there is no driver/],
    ] as const) {
      const { status: code, stderr } = await slipway('run', ...words, IMAGE, 'true');
      assert.equal(code, 125);
      assert.match(stderr, reason);
    }
  });

  it('--security-opt', async () => {
    const filters = `${status('Seccomp')}; unshare -U true 2>/dev/null && echo may || echo may not`;
    assert.equal(await inside([], filters), '2\nmay not\n');
    assert.equal(await inside(['--security-opt', 'seccomp=unconfined'], status('Seccomp')), '0\n');
    assert.equal(await inside(['--security-opt', 'no-new-privileges'], status('NoNewPrivs')), '1\n');
    assert.equal(await inside(['--security-opt', 'no-new-privileges:false'], status('NoNewPrivs')), '0\n');
    const profile = join(world().home, 'profile.json');
    writeFileSync(
      profile,
      JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 95 }],
      }),
    );
    const refused = 'mkdir /x 2>&1 || true';
    assert.match(await inside(['--security-opt', `seccomp=${profile}`], refused), /Not supported/i);
    const paths = 'grep -c " /proc/" /proc/self/mountinfo || true';
    assert.equal(await inside(['--security-opt', 'systempaths=unconfined'], paths), '0\n');
    for (const [option, sentence] of [
      ['seccomp=/nowhere.json', /opening seccomp profile \(\/nowhere.json\) failed/],
      ['magic', /invalid --security-opt: "magic"/],
    ] as const) {
      const result = await slipway('run', '--rm', '--security-opt', option, IMAGE, 'true');
      assert.equal(result.status, 125);
      assert.match(result.stderr, sentence);
    }
  });

  it('--read-only, --tmpfs and --shm-size', async () => {
    const script = 'touch /x 2>&1; echo a > /run/a && cat /run/a; echo > /etc/hosts; df -k /run /dev/shm | tail -n2';
    const output = await inside(['--read-only', '--tmpfs', '/run:size=1m,mode=700', '--shm-size', '3m'], script);
    assert.match(output, /^touch: \/x: Read-only file system\na\n/);
    assert.match(output, /tmpfs +1024 .*\n.* 3072 /);
    assert.match(
      await inside(['--tmpfs', '/t'], 'grep " /t " /proc/mounts; ls -ld /t'),
      /nosuid,nodev,noexec.*\ndrwxrwxrwt/,
    );
  });

  it('--ulimit, --sysctl and --oom-score-adj', async () => {
    assert.equal(await inside(['--ulimit', 'nofile=64:128'], 'ulimit -Sn; ulimit -Hn'), '64\n128\n');
    const sysctls = ['--sysctl', 'net.ipv4.ip_default_ttl=7', '--sysctl', 'kernel.msgmax=4000'];
    const read = 'cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/kernel/msgmax';
    assert.equal(await inside(sysctls, read), '7\n4000\n');
    assert.equal(await inside(['--oom-score-adj', '900'], 'cat /proc/self/oom_score_adj'), '900\n');
    assertResult(await slipway('run', '--rm', '--sysctl', 'kernel.panic=1', IMAGE, 'true'), {
      status: 125,
      stderr: 'slipway: set sysctl "kernel.panic": sysctl \'kernel.panic\' is not allowed\n',
    });
  });

  it('--group-add takes names and ids of the container', async () => {
    const groups = await inside(
      ['--group-add', 'tty', '--group-add', '77'],
      'grep ^tty: /etc/group | cut -d: -f3; id -G',
    );
    const [tty = '', list = ''] = groups.split('\n');
    const ids = list.split(' ');
    assert.ok(ids.includes('77') && (tty === '' || ids.includes(tty)), groups);
    const unknown = await slipway('run', '--rm', '--group-add', 'ghosts', IMAGE, 'true');
    assertResult(unknown, { status: 125 });
    assert.match(unknown.stderr, /no group ghosts in the container's \/etc\/group/);
  });

  it('--device', async () => {
    const options = ['--device', '/dev/zero:/dev/mine', '--device', '/dev/null:/dev/sub/null:rw'];
    assert.equal(await inside(options, 'head -c 3 /dev/mine | wc -c; echo x > /dev/sub/null; echo $?'), '3\n0\n');
    if (world().kind === 'ordinary' || !(await delegated())) {
      const { stderr } = await slipway('run', '--rm', '--device', '/dev/zero:/dev/mine:r', IMAGE, 'true');
      assert.match(
        stderr,
        /^slipway: add device \/dev\/zero: permissions r can't be kept: \S.*\n {2}A device is given/,
      );
    }
    const missing = await slipway('run', '--rm', '--device', '/dev/nosuch', IMAGE, 'true');
    assertResult(missing, { status: 125 });
    assert.match(missing.stderr, /error gathering device information while adding custom device "\/dev\/nosuch"/);
  });

  it('--privileged', async () => {
    const script = `${status('Seccomp')}; ${status('CapEff')}; mkdir -p /mnt; mount -t tmpfs none /mnt && echo mounted; grep -c " /proc/" /proc/self/mountinfo; test -w /proc/sys/kernel/hostname && echo open`;
    assert.match(await inside(['--privileged'], script), /^0\n[0-9a-f]{16}\nmounted\n0\nopen\n$/);
  });

  it('--pid, --ipc, --uts, --cgroupns host', async () => {
    if (await delegated()) {
      assert.ok(Number(await inside(['--pid', 'host'], 'echo $$')) > 1);
      const server = `ls -d /proc/${world().serverPid()}`;
      assert.equal(await inside(['--pid', 'host'], server), `/proc/${world().serverPid()}\n`);
    } else {
      const result = await slipway('run', '--rm', '--pid', 'host', IMAGE, 'true');
      assert.equal(result.status, 125);
      assert.match(
        result.stderr,
        /^slipway: share the host's PID namespace: \S.*\n {2}Only a control group ends every process/,
      );
    }
    assert.equal(await inside(['--uts', 'host'], 'hostname'), `${hostname()}\n`);
    const ipc = (options: readonly string[]): Promise<string> => inside(options, 'readlink /proc/self/ns/ipc');
    assert.notEqual(await ipc([]), await ipc(['--ipc', 'host']));
    assert.equal(
      await inside(['--ipc', 'none'], 'test -d /dev/shm && grep -c " /dev/shm " /proc/mounts || echo 0'),
      '0\n',
    );
    assert.equal(await inside(['--cgroupns', 'host', '--userns', 'host'], 'echo yes'), 'yes\n');
    assert.equal(
      await inside(
        ['--domainname', 'example.org', '--hostname', 'box'],
        'cat /proc/sys/kernel/domainname; grep box /etc/hosts',
      ),
      'example.org\n127.0.1.1\tbox.example.org box\n',
    );
    for (const [option, sentence] of [
      ['--pid=mine', 'invalid PID mode'],
      ['--uts=mine', 'invalid UTS mode'],
      ['--userns=mine', 'invalid USER mode'],
      ['--cgroupns=mine', 'invalid CGROUP mode'],
    ] as const) {
      const { stderr, status } = await slipway('run', '--rm', option, IMAGE, 'true');
      assert.equal(status, 125);
      assert.ok(stderr.includes(sentence), stderr);
    }
  });

  it('exec has the container’s options, and --privileged', async () => {
    await slipway(
      'run',
      '-d',
      '--name',
      'box',
      '--cap-drop',
      'ALL',
      '--group-add',
      '77',
      '--ulimit',
      'nofile=64',
      IMAGE,
      'sleep',
      '100',
    );
    const { stdout } = await slipway('exec', 'box', 'sh', '-c', `${status('CapBnd')}; ulimit -n; id -G`);
    assert.match(stdout, /^0{16}\n64\n.*\b77\b/);
    const privileged = await slipway('exec', '--privileged', 'box', 'sh', '-c', status('CapEff'));
    assert.match(privileged.stdout, /^000001f/);
    const { stdout: json } = await slipway('inspect', 'box');
    const [{ HostConfig: host }] = JSON.parse(json) as [{ HostConfig: Record<string, unknown> }];
    assert.deepEqual([host['CapDrop'], host['GroupAdd'], host['Privileged']], [['ALL'], ['77'], false]);
    assert.deepEqual(host['Ulimits'], [{ Name: 'nofile', Soft: 64, Hard: 64 }]);
    await slipway('rm', '-f', 'box');
  });

  it('limits are kept or refused with the reason before anything is made', async () => {
    const result = await slipway('run', '--name', 'limited', '--pids-limit', '50', IMAGE, 'true');
    if (await delegated()) {
      assertResult(result, { status: 0 });
      await slipway('rm', 'limited');
    } else {
      assert.equal(result.status, 125);
      assert.match(result.stderr, /^slipway: limit container: \S.*\n {2}Run `slipway doctor`/);
    }
    assert.deepEqual(await containerIds(world()), []);
    assertResult(await slipway('run', '--rm', '--pids-limit', '-1', IMAGE, 'true'), { status: 0 });
    const swappiness = await slipway('run', '--rm', '--memory-swappiness', '10', IMAGE, 'true');
    assert.match(swappiness.stderr, /use --memory-swappiness: cgroup v2/);
  });

  it('pause, unpause and update say what keeps them from working', async () => {
    await slipway('run', '-d', '--name', 'still', IMAGE, 'sleep', '100');
    assert.match((await slipway('unpause', 'still')).stderr, /^slipway: unpause still: the container is not paused\n/);
    const paused = await slipway('pause', 'still');
    if (paused.status === 0) {
      assert.match((await slipway('ps')).stdout, /Up .* \(Paused\)/);
      assert.match((await slipway('exec', 'still', 'true')).stderr, /is paused, unpause the container before exec/);
      assertResult(await slipway('unpause', 'still'), { status: 0, stdout: 'still\n' });
    } else {
      assert.match(paused.stderr, /^slipway: pause still: \S.*\n/);
    }
    assert.match((await slipway('update', 'still')).stderr, /you must provide one or more flags/);
    assertResult(await slipway('rm', '-f', 'still'), { status: 0 });
  });
});
