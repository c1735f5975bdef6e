// What a person types to run containers, from the embedded starter image: no network is needed.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { assertResult, containerIds, forEachPerson } from './people.ts';

const IMAGE = 'localhost/starter';

forEachPerson('run', (world) => {
  const slipway = (...words: string[]): ReturnType<ReturnType<typeof world>['slipway']> => world().slipway(words);
  const run = (...words: string[]): ReturnType<typeof slipway> => slipway('run', '--rm', IMAGE, ...words);
  const sh = (script: string): ReturnType<typeof slipway> => run('sh', '-c', script);

  it('version names both sides', async () => {
    const { status, stdout } = await slipway('version');
    assert.equal(status, 0);
    for (const word of [
      'Client:',
      'Server:',
      'Protocol:',
      'Node:',
      'Kernel:',
      'OS/Arch:',
      'Storage:',
      world().dataDirectory,
    ])
      assert.ok(stdout.includes(word), word);
    assert.match(stdout, world().kind === 'root' ? /Mode: +root\n/ : /Mode: +rootless\n/);
  });

  it('the starter image is there', async () => {
    const { stdout } = await slipway('images');
    assert.match(
      stdout,
      /^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE\nlocalhost\/starter +latest +[0-9a-f]{12} +.* ago +[\d.]+MB\n$/,
    );
  });

  it('the starter image comes back from the package when it was removed', async () => {
    assertResult(await slipway('rmi', IMAGE), { status: 0 });
    assertResult(await slipway('images', '-q'), { stdout: '' });
    assertResult(await run('echo', 'back'), { status: 0, stdout: 'back\n' });
  });

  it('prints what the command prints and leaves nothing behind', async () => {
    assertResult(await run('echo', 'hello  world'), { status: 0, stdout: 'hello  world\n', stderr: '' });
    assertResult(await slipway('ps', '-a'), {
      stdout: 'CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n',
    });
  });

  it('keeps standard output and standard error apart, in order and whole', async () => {
    const { stdout, stderr } = await sh('seq 1 20000; echo oops >&2');
    assert.equal(stdout, Array.from({ length: 20000 }, (_, index) => `${index + 1}\n`).join(''));
    assert.equal(stderr, 'oops\n');
  });

  it('ends with the command’s exit status, or docker’s own', async () => {
    assertResult(await sh('exit 7'), { status: 7 });
    // The kernel shields process 1 from its own signals: a child is killed.
    assertResult(await sh("sh -c 'kill -9 $$'; exit $?"), { status: 137 });
    const missing = await run('nosuch');
    assert.equal(missing.status, 127);
    assert.match(
      missing.stderr,
      /^slipway: start container \w+: exec nosuch: no such command in the container\n {2}\S.*\n$/,
    );
    assertResult(await run('/etc'), { status: 126 });
    assertResult(await run('/etc/passwd'), { status: 126 });
    assertResult(await slipway('run', '--nope', IMAGE), {
      status: 125,
      stderr: "slipway run: unknown flag: --nope\nSee 'slipway run --help'\n",
    });
    assert.deepEqual(await containerIds(world()), []);
  });

  it('with nothing to do stops at once', async () => {
    assertResult(await slipway('run', '--name', 'idle_one', IMAGE), { status: 0, stdout: '', stderr: '' });
    assert.match((await slipway('ps', '-a')).stdout, /"sh -l" +.*Exited \(0\) .* idle_one\n/);
    assertResult(await slipway('rm', 'idle_one'), { status: 0, stdout: 'idle_one\n' });
  });

  it('passes input through, to its end', async () => {
    const input = 'line\n'.repeat(100_000);
    const { stdout } = await world().slipway(['run', '--rm', '-i', IMAGE, 'md5sum'], { input });
    const { createHash } = await import('node:crypto');
    assert.equal(stdout, `${createHash('md5').update(input).digest('hex')}  -\n`);
  });

  it('without -i there is no input', async () => {
    assertResult(await world().slipway(['run', '--rm', IMAGE, 'cat'], { input: 'x' }), { status: 0, stdout: '' });
  });

  it('takes -e -w -u --entrypoint --hostname', async () => {
    const options = [
      '-e',
      'A=1 2',
      '-e',
      'FROM_HERE',
      '-e',
      'UNSET_HERE',
      '-w',
      '/made/here',
      '--hostname',
      'box',
      '--entrypoint',
      'sh',
    ];
    const script = 'echo "$A|$FROM_HERE|${UNSET_HERE-none}|$(pwd)|$(hostname)|$HOSTNAME|$HOME|$(id -un)"';
    assertResult(
      await world().slipway(['run', '--rm', ...options, IMAGE, '-c', script], { env: { FROM_HERE: 'there' } }),
      {
        stdout: '1 2|there|none|/made/here|box|box|/root|root\n',
      },
    );
    assertResult(
      await slipway('run', '--rm', '-u', 'nobody', IMAGE, 'sh', '-c', 'id -u; id -g; echo $HOME; touch /x'),
      { status: 1, stdout: '65534\n65534\n/\n' },
    );
    assertResult(await slipway('run', '--rm', '-u', '12:34', IMAGE, 'sh', '-c', 'id -u; id -g'), {
      stdout: '12\n34\n',
    });
    assertResult(await slipway('run', '--rm', '-u', 'ghost', IMAGE, 'true'), { status: 125 });
  });

  it('-v shows a host folder, and files made in it belong to the person', async () => {
    const folder = join(world().home, 'work');
    mkdirSync(folder);
    world().give(folder);
    writeFileSync(join(folder, 'in'), 'from outside');
    assertResult(
      await slipway('run', '--rm', '-v', `${folder}:/work`, IMAGE, 'sh', '-c', 'cat /work/in; echo inside > /work/out'),
      { stdout: 'from outside' },
    );
    assert.equal(readFileSync(join(folder, 'out'), 'utf8'), 'inside\n');
    assert.equal(statSync(join(folder, 'out')).uid, statSync(world().home).uid);
    const readOnly = await slipway('run', '--rm', '-v', `${folder}:/work:ro`, IMAGE, 'touch', '/work/no');
    assert.equal(readOnly.status, 1);
    assert.match(readOnly.stderr, /Read-only file system/);
    assert.deepEqual(readdirSync(folder).sort(), ['in', 'out']);
  });

  it('a container sees only its own processes, files, host name and network', async () => {
    const { stdout } = await sh(
      'echo $$; ps | grep -vc PID; ls /sys/class/net; hostname; ls /proc/self/fd | wc -l; cat /proc/sys/kernel/hostname',
    );
    const [pid, processes, net, hostname, , kernelHostname] = stdout.trim().split('\n');
    assert.deepEqual([pid, net], ['1', 'lo']);
    assert.ok(Number(processes) <= 4, stdout);
    assert.match(hostname ?? '', /^[0-9a-f]{12}$/);
    assert.equal(kernelHostname, hostname);
  });

  it('many containers share an image that never changes', async () => {
    await sh('echo mine > /mine; rm /bin/vi; mkdir -p /etc/new');
    assertResult(await sh('ls /mine /bin/vi /etc/new 2>/dev/null'), { stdout: '/bin/vi\n' });
    const results = await Promise.all(Array.from({ length: 8 }, (_, index) => sh(`echo ${index} > /file; cat /file`)));
    assert.deepEqual(
      results.map((result) => result.stdout),
      Array.from({ length: 8 }, (_, index) => `${index}\n`),
    );
  });

  it('has the baseline’s limits: capabilities, seccomp, masked and read-only paths', async () => {
    const { stdout } = await sh(
      'grep -E "^(Cap(Inh|Prm|Eff|Bnd|Amb)|Seccomp|NoNewPrivs):" /proc/self/status; unshare -m true; echo $?; cat /proc/kcore | wc -c; echo x > /proc/sys/kernel/hostname; echo $?',
    );
    assert.match(
      stdout,
      /CapInh:\t0{16}\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\nCapAmb:\t0{16}\n/,
    );
    assert.match(stdout, /Seccomp:\t2\n/);
    assert.match(stdout, /\n1\n0\n1\n$/);
  });

  it('--network none and host folders that are missing work as in docker', async () => {
    assertResult(await slipway('run', '--rm', '--network', 'none', IMAGE, 'ls', '/sys/class/net'), { stdout: 'lo\n' });
    assert.equal((await slipway('run', '--rm', '--network', 'elsewhere', IMAGE, 'true')).status, 125);
    assertResult(await slipway('run', '--rm', '-v', `${world().home}/fresh:/fresh`, IMAGE, 'ls', '-d', '/fresh'), {
      stdout: '/fresh\n',
    });
  });

  it('-v in any order, over each other, and of a device that masks a file', async () => {
    const [outer, inner] = [join(world().home, 'outer'), join(world().home, 'inner')];
    for (const folder of [outer, join(outer, 'b'), inner]) {
      mkdirSync(folder);
      world().give(folder);
    }
    writeFileSync(join(inner, 'file'), 'deep');
    const options = ['-v', `${inner}:/a/b:ro`, '-v', `${outer}:/a`, '-v', '/dev/null:/etc/profile'];
    assertResult(await slipway('run', '--rm', ...options, IMAGE, 'sh', '-c', 'cat /a/b/file /etc/profile'), {
      status: 0,
      stdout: 'deep',
    });
    assertResult(await slipway('run', '--rm', '-v', `${outer}:/a`, '-v', `${inner}:/a`, IMAGE, 'true'), {
      status: 125,
    });
  });

  it('what is typed wrong is said with its object', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['-w', 'relative', IMAGE, 'true'], /^slipway: set working directory relative: it must be an absolute path\n/],
      [
        ['-w', '/etc/passwd', IMAGE, 'true'],
        /^slipway: start container \w+: chdir \/etc\/passwd: Not a directory\n {2}Give a folder/,
      ],
      [['-u', 'ghost', IMAGE, 'true'], /no user ghost in the container's \/etc\/passwd\n {2}Name a user/],
      [['-e', '', IMAGE, 'true'], /^slipway: set environment ""/],
      [['-p', '80:80', IMAGE, 'true'], /^slipway: use --publish: containers have no network but their loopback yet\n$/],
      [['--env-file', '/nowhere', IMAGE, 'true'], /^slipway: read \/nowhere: no such file\n$/],
    ];
    for (const [words, pattern] of cases) {
      const result = await slipway('run', '--rm', ...words);
      assert.equal(result.status, 125, JSON.stringify(result));
      assert.match(result.stderr, pattern);
    }
    assert.deepEqual(await containerIds(world()), []);
  });

  it('every command has --help', async () => {
    const overview = await slipway('--help');
    const names = [...overview.stdout.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name ?? '');
    assert.ok(names.length > 15);
    for (const name of names)
      assert.match((await slipway(name, '--help')).stdout, new RegExp(`^Usage:  slipway ${name}`));
    assertResult(await slipway('nope'), {
      status: 1,
      stderr: "slipway: 'nope' is not a slipway command.\nSee 'slipway --help'\n",
    });
  });

  it('doctor names every part of the machine and the fix for what is not there', async () => {
    const { status, stdout } = await slipway('doctor');
    assert.equal(status, 0, stdout);
    for (const word of ['User namespaces', 'AppArmor', 'Subordinate', 'overlayfs', 'cgroup', '/dev/net/tun', 'Storage'])
      assert.ok(stdout.includes(word), word);
    for (const [line] of stdout.matchAll(/^\[limited\].*\n.*/gm)) assert.match(line, /\n +fix: /);
  });
});
