// Volumes typed as root and as an ordinary user: made, used, shared, filled at first use, removed; and the server killed meanwhile.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { World } from '../../support/world.ts';
import { assertResult, containerIds, forEachPerson } from './people.ts';

const IMAGE = 'localhost/starter';

const sh = (world: World, options: readonly string[], script: string): ReturnType<World['slipway']> =>
  world.slipway(['run', '--rm', ...options, IMAGE, 'sh', '-c', script]);

async function ok(world: World, ...words: readonly string[]): Promise<string> {
  const result = await world.slipway(words);
  assert.equal(result.status, 0, `${words.join(' ')}: ${JSON.stringify(result)}`);
  return result.stdout.trim();
}

const volumeNames = async (world: World, ...words: readonly string[]): Promise<readonly string[]> =>
  (await ok(world, 'volume', 'ls', '-q', ...words)).split('\n').filter((line) => line !== '');

async function removeAll(world: World): Promise<void> {
  for (const id of await containerIds(world)) await ok(world, 'rm', '-fv', id);
  await ok(world, 'volume', 'prune', '-af');
}

/** An image with files, owners and modes at a path that it wants a volume for. */
async function makeImage(world: World, name: string, script: string, ...changes: readonly string[]): Promise<void> {
  await ok(world, 'run', '--name', 'maker', IMAGE, 'sh', '-c', script);
  await ok(world, 'commit', ...changes.flatMap((change) => ['-c', change]), 'maker', name);
  await ok(world, 'rm', 'maker');
}

interface MountShown {
  readonly Type: string;
  readonly Name?: string;
  readonly Source: string;
  readonly Destination: string;
  readonly Mode: string;
  readonly RW: boolean;
}

const mountsOf = async (world: World, name: string): Promise<readonly MountShown[]> =>
  JSON.parse(await ok(world, 'inspect', '-f', '{{json .Mounts}}', name)) as MountShown[];

forEachPerson('volumes', (world) => {
  it('are created, listed, inspected and removed', async () => {
    assert.equal(
      await ok(
        world(),
        'volume',
        'create',
        '--label',
        'team=a',
        '-o',
        'type=tmpfs',
        '-o',
        'device=tmpfs',
        '-o',
        'o=size=1m',
        'mem',
      ),
      'mem',
    );
    assert.equal(await ok(world(), 'volume', 'create', 'data'), 'data');
    assert.match(await ok(world(), 'volume', 'create'), /^[0-9a-f]{64}$/);
    assertResult(await world().slipway(['volume', 'ls', '-f', 'name=^m', '-f', 'label=team']), {
      stdout: 'DRIVER    VOLUME NAME\nlocal     mem\n',
    });
    const [shown] = JSON.parse(await ok(world(), 'volume', 'inspect', 'mem')) as Record<string, unknown>[];
    assert.deepEqual(Object.keys(shown ?? {}), [
      'CreatedAt',
      'Driver',
      'Labels',
      'Mountpoint',
      'Name',
      'Options',
      'Scope',
    ]);
    assert.deepEqual(
      [shown?.['Labels'], shown?.['Options']],
      [{ team: 'a' }, { device: 'tmpfs', o: 'size=1m', type: 'tmpfs' }],
    );
    assert.equal(await ok(world(), 'inspect', '--type', 'volume', '-f', '{{.Driver}}', 'data'), 'local');
    assert.equal(
      await ok(world(), 'volume', 'ls', '--format', '{{.Name}} {{.Scope}} {{.Label "team"}}', '-f', 'name=mem'),
      'mem local a',
    );
    assertResult(await world().slipway(['volume', 'rm', 'mem', 'nope']), { status: 1, stdout: 'mem\n' });
    assert.equal(await ok(world(), 'volume', 'rm', '-f', 'nope'), 'nope');
    for (const bad of ['..', 'a', '../../etc', 'a/b'])
      assert.equal((await world().slipway(['volume', 'create', bad])).status, 1, bad);
    assert.match(
      (await world().slipway(['volume', 'create', '-o', 'type=nfs', '-o', 'device=:/x', 'n1'])).stderr,
      /type nfs can't be mounted/,
    );
    assert.match(
      await ok(world(), 'volume', 'prune', '-f'),
      /^Deleted Volumes:\n[0-9a-f]{64}\n\nTotal reclaimed space: 0B$/,
    );
    assert.deepEqual(await volumeNames(world()), ['data']);
    assert.deepEqual(readdirSync(join(world().dataDirectory, 'tmp')), []);
    await removeAll(world());
  });

  it('keep what containers write, for the next and for others', async () => {
    assertResult(await sh(world(), ['-v', 'data:/data'], 'echo one > /data/file; chown 7:8 /data/file'), {
      status: 0,
      stderr: '',
    });
    assertResult(
      await sh(world(), ['--mount', 'src=data,dst=/x,ro'], 'cat /x/file; stat -c %u:%g /x/file; echo two > /x/file'),
      {
        status: 1,
        stdout: 'one\n7:8\n',
      },
    );
    await ok(
      world(),
      'create',
      '--name',
      'first',
      '-v',
      'data:/data',
      '-v',
      '/anon',
      '--tmpfs',
      '/t',
      IMAGE,
      'sleep',
      '100',
    );
    const [named, anonymous] = await mountsOf(world(), 'first');
    assert.deepEqual([named?.Type, named?.Name, named?.Mode, named?.RW], ['volume', 'data', 'z', true]);
    assert.ok(existsSync(join(named?.Source ?? '', 'file')));
    assert.match(anonymous?.Name ?? '', /^[0-9a-f]{64}$/);
    assert.equal(await ok(world(), 'ps', '-a', '--format', '{{.LocalVolumes}}', '--filter', 'volume=data'), '2');
    assertResult(await sh(world(), ['--volumes-from', 'first:ro'], 'cat /data/file; ls -d /anon; touch /data/no'), {
      status: 1,
      stdout: 'one\n/anon\n',
    });
    const id = await ok(world(), 'inspect', '-f', '{{.Id}}', 'first');
    assertResult(await world().slipway(['volume', 'rm', 'data']), {
      status: 1,
      stdout: '',
      stderr: `slipway: remove volume data: volume is in use - [${id}]\n  Remove the containers that have it first.\n`,
    });
    assert.match(await ok(world(), 'system', 'df'), /Local Volumes +2 +2 +4B +0B \(0%\)/);
    assert.match(await ok(world(), 'system', 'df', '-v'), /VOLUME NAME +LINKS +SIZE\n/);
    await ok(world(), 'rm', '-v', 'first');
    assert.deepEqual(await volumeNames(world()), ['data']);
    assert.deepEqual(await volumeNames(world(), '-f', 'dangling=true'), ['data']);
    assert.match(await ok(world(), 'volume', 'prune', '-f'), /^Total reclaimed space: 0B$/);
    assert.match(
      await ok(world(), 'volume', 'prune', '-a', '-f'),
      /Deleted Volumes:\ndata\n\nTotal reclaimed space: 4B/,
    );
  });

  it('that an image asks for go with --rm and rm -v, and stay otherwise', async () => {
    await makeImage(world(), 'wants', 'mkdir -p /data && echo image > /data/file', 'VOLUME /data /empty');
    assertResult(await world().slipway(['run', '--rm', 'wants', 'cat', '/data/file']), {
      status: 0,
      stdout: 'image\n',
    });
    assert.deepEqual(await volumeNames(world()), []);
    await ok(world(), 'run', '--name', 'kept', 'wants', 'sh', '-c', 'echo mine > /data/file');
    assert.equal((await volumeNames(world())).length, 2);
    assert.equal(await ok(world(), 'inspect', '-f', '{{json .Config.Volumes}}', 'kept'), '{"/data":{},"/empty":{}}');
    assertResult(await world().slipway(['run', '--rm', '--volumes-from', 'kept', IMAGE, 'cat', '/data/file']), {
      stdout: 'mine\n',
    });
    await ok(world(), 'rm', 'kept');
    assert.equal((await volumeNames(world())).length, 2);
    await ok(world(), 'system', 'prune', '-f', '--volumes');
    assert.deepEqual(await volumeNames(world()), []);
    assert.equal((await world().slipway(['run', 'wants', '/no/such'])).status, 127);
    assert.deepEqual([await volumeNames(world()), await containerIds(world())], [[], []]);
  });

  it('that are empty get what the image has, whole, with owners and modes', async () => {
    const script =
      'mkdir -p /data/deep && cd /data && echo a > one && ln one deep/two && ln -s one link && chown 33:44 one . && chmod 2770 .';
    await makeImage(world(), 'filled', script);
    const show = 'cd /data; stat -c "%n %a %u:%g %h" . one; cat deep/two link';
    const shown = '. 2770 33:44 3\none 644 33:44 2\na\na\n';
    assertResult(await world().slipway(['run', '--rm', '-v', 'new:/data', 'filled', 'sh', '-c', show]), {
      stdout: shown,
    });
    assertResult(await world().slipway(['run', '--rm', '-v', 'ro:/data:ro', 'filled', 'sh', '-c', show]), {
      stdout: shown,
    });
    assertResult(await world().slipway(['run', '--rm', '-v', 'bare:/data:nocopy', 'filled', 'ls', '-A', '/data']), {
      stdout: '',
    });
    assertResult(await world().slipway(['run', '--rm', '-v', 'new:/data', IMAGE, 'sh', '-c', 'rm /data/one']), {
      status: 0,
    });
    assertResult(await world().slipway(['run', '--rm', '-v', 'new:/data', 'filled', 'ls', '/data']), {
      stdout: 'deep\nlink\n',
    });
    const both = await Promise.all(
      Array.from({ length: 4 }, () =>
        world().slipway(['run', '--rm', '-v', 'shared:/data', 'filled', 'sh', '-c', show]),
      ),
    );
    for (const result of both) assertResult(result, { status: 0, stdout: shown });
    for (const name of await volumeNames(world()))
      assert.deepEqual(readdirSync(join(world().dataDirectory, 'volumes', name)).toSorted(), ['data', 'volume.json']);
    await removeAll(world());
  });

  it('of a tmpfs or a folder of the machine are mounted so', async () => {
    await ok(world(), 'volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', '-o', 'o=size=1m', 'mem');
    assertResult(await sh(world(), ['-v', 'mem:/m'], 'stat -f -c %T /m; echo x > /m/x'), { stdout: 'tmpfs\n' });
    const folder = join(world().home, 'folder');
    mkdirSync(folder);
    world().give(folder);
    await ok(world(), 'volume', 'create', '-o', 'type=none', '-o', 'o=bind', '-o', `device=${folder}`, 'there');
    assertResult(await sh(world(), ['-v', 'there:/m'], 'echo x > /m/x'), { status: 0 });
    assert.ok(existsSync(join(folder, 'x')));
    await ok(world(), 'volume', 'rm', 'there', 'mem');
    assert.ok(existsSync(join(folder, 'x')));
  });

  it('and their parts are mounted with --mount', async () => {
    await sh(world(), ['-v', 'parts:/p'], 'mkdir -p /p/a/b; echo leaf > /p/a/b/leaf; ln -s / /p/out');
    assertResult(await sh(world(), ['--mount', 'src=parts,dst=/x,volume-subpath=a/b'], 'cat /x/leaf'), {
      stdout: 'leaf\n',
    });
    assertResult(await sh(world(), ['--mount', 'src=parts,dst=/x,volume-subpath=out'], 'ls /x'), {
      stdout: 'a\nout\n',
    });
    assert.equal((await sh(world(), ['--mount', 'src=parts,dst=/x,volume-subpath=../..'], 'ls /x')).status, 125);
    assertResult(
      await sh(
        world(),
        ['--mount', 'type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=1711'],
        "stat -c %a /t; df -k /t | tail -1 | awk '{print $2}'",
      ),
      {
        stdout: '1711\n1024\n',
      },
    );
    await removeAll(world());
  });

  it('binds: what root makes inside is the person’s outside; ./x is from here; a missing source', async () => {
    const work = join(world().home, 'work');
    mkdirSync(join(work, 'below'), { recursive: true });
    for (const path of [work, join(work, 'below')]) world().give(path);
    const run = (option: string, script: string): ReturnType<World['slipway']> =>
      world().slipway(['run', '--rm', ...option.split(' '), IMAGE, 'sh', '-c', script], { cwd: world().home });
    assertResult(await run('-v ./work:/w', 'echo x > /w/made'), { status: 0, stderr: '' });
    assert.equal(statSync(join(work, 'made')).uid, statSync(work).uid);
    assertResult(await run('--mount type=bind,src=./work,dst=/w,ro', 'cat /w/made; touch /w/below/no'), {
      status: 1,
      stdout: 'x\n',
    });
    assertResult(await run('-v ./new/folder:/w', 'echo x > /w/y'), { status: 0 });
    assert.equal(readFileSync(join(world().home, 'new/folder/y'), 'utf8'), 'x\n');
    assertResult(await run('--mount type=bind,src=./missing,dst=/w', 'true'), {
      status: 125,
      stderr: `slipway: mount ${world().home}/missing: invalid mount config for type "bind": bind source path does not exist: ${world().home}/missing\n  Make it first; -v makes a folder that is missing.\n`,
    });
    assert.ok(!existsSync(join(world().home, 'missing')));
    assertResult(await run('-v ~/x:/w', 'true'), { status: 125 });
    assert.deepEqual([await volumeNames(world()), await containerIds(world())], [[], []]);
  });

  it('tell what happens to them', async () => {
    const since = new Date().toISOString();
    await sh(world(), ['-v', 'told:/t:ro'], 'true');
    await ok(world(), 'volume', 'rm', 'told');
    const format = '{{.Action}} {{index .Actor.Attributes "read/write"}}';
    const events = await ok(
      world(),
      'events',
      '--since',
      since,
      '--until',
      '0s',
      '--filter',
      'volume=told',
      '--format',
      format,
    );
    assert.deepEqual(
      events.split('\n').map((line) => line.trim()),
      ['create <no value>', 'mount false', 'unmount <no value>', 'destroy <no value>'],
    );
  });

  it('a full disk is told, and nothing is left', async () => {
    await makeImage(world(), 'large', 'mkdir /data && dd if=/dev/zero of=/data/large bs=1M count=2 2>/dev/null');
    await ok(world(), 'volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', '-o', 'o=size=1m', 'small');
    const result = await world().slipway(['run', '--rm', '-v', 'small:/data', 'large', 'true']);
    assert.equal(result.status, 125);
    assert.match(result.stderr, /no space left/i);
    assert.deepEqual(await containerIds(world()), []);
    await removeAll(world());
  });
});

forEachPerson(
  'a server that is killed while it changes volumes',
  (world) => {
    it('leaves each whole or not at all, and nothing else', async () => {
      const script = 'mkdir /data && cd /data && i=0 && while [ $i -lt 200 ]; do echo $i > $i; i=$((i+1)); done';
      await makeImage(world(), 'many', script, 'VOLUME /more');
      const commands: readonly (readonly string[])[] = [
        ['volume', 'create', 'made'],
        ['run', '--rm', '-v', 'first:/data', 'many', 'true'],
        ['volume', 'rm', 'made', 'first'],
        ['run', '--rm', '-v', 'again:/data', 'many', 'true'],
        ['volume', 'prune', '-af'],
      ];
      let killed = 0;
      for (const words of commands)
        for (let moment = 1, done = false; !done; moment += 1) {
          const folders = ['tmp', 'trash', 'volumes', 'containers'].map((name) => join(world().dataDirectory, name));
          for (const folder of folders) mkdirSync(folder, { recursive: true });
          await ok(world(), 'version');
          const server = world().serverPid();
          let left = moment;
          const watchers = folders.map((folder) =>
            watch(folder, () => {
              left -= 1;
              if (left === 0) process.kill(server, 'SIGKILL');
            }),
          );
          await world().slipway(words);
          for (const watcher of watchers) watcher.close();
          done = left > 0;
          if (!done) killed += 1;
          for (const id of await containerIds(world())) await ok(world(), 'rm', '-fv', id);
          assert.deepEqual(readdirSync(join(world().dataDirectory, 'tmp')), [], words.join(' '));
          for (const name of await volumeNames(world())) {
            assert.ok(['made', 'first', 'again'].includes(name), `${words.join(' ')} left ${name}`);
            await ok(world(), 'volume', 'inspect', name);
          }
        }
      assert.ok(killed >= 10, `killed ${killed} times`);
      // Whatever was half copied is whole at the next use.
      assertResult(
        await world().slipway(['run', '--rm', '-v', 'first:/data', 'many', 'sh', '-c', 'ls /data | wc -l']),
        {
          stdout: '200\n',
        },
      );
    });
  },
  ['root'],
);
