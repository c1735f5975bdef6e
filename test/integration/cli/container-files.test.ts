// diff, export and commit typed as root and as an ordinary user, against what the container did.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { it } from 'node:test';
import type { World } from '../../support/world.ts';
import { assertResult, forEachPerson } from './people.ts';

/** Everything that a layer has to keep, with the starter image's busybox. */
const CHANGES = [
  'mkdir -p /data/deep',
  'cp /bin/busybox /data/su && chown 33:44 /data/su && chmod 6755 /data/su',
  'echo one > /data/first && ln /data/first /data/second',
  'ln -s first /data/link && mkfifo /data/fifo',
  'echo ü > "/data/größe ☃"',
  'dd if=/dev/zero of=/data/sparse bs=1 count=1 seek=20M 2>/dev/null',
  'mkdir /data/many && cd /data/many && i=0 && while [ $i -lt 1000 ]; do : > $i; i=$((i+1)); done',
  'rm /bin/ls && rm -r /home && mkdir -m 700 /home && echo mine > /home/only',
  'touch -d "2001-02-03 04:05:06" /data/first',
].join(' && ');

const SHOW =
  'cd / && stat -c "%n %a %u:%g %h %F" data/su data/first data/link data/fifo home; stat -c %y data/first; ' +
  'cat "data/größe ☃" data/second home/only; stat -c "%s %b" data/sparse | { read s b; echo $s $((b < 200)); }; ' +
  'set -- data/many/*; echo $#; test -e /bin/ls || echo no ls';

const SHOWN = [
  'data/su 6755 33:44 1 regular file',
  'data/first 644 0:0 2 regular file',
  'data/link 777 0:0 1 symbolic link',
  'data/fifo 644 0:0 1 fifo',
  'home 700 0:0 2 directory',
  '2001-02-03 04:05:06.000000000 +0000',
  'ü',
  'one',
  'mine',
  '20971521 1',
  '1000',
  'no ls',
  '',
].join('\n');

async function make(world: World, name: string, script = CHANGES): Promise<void> {
  assertResult(await world.slipway(['run', '--name', name, 'localhost/starter', 'sh', '-c', script]), {
    status: 0,
    stderr: '',
  });
}

const images = async (world: World): Promise<readonly string[]> =>
  (await world.slipway(['images', '-q', '--no-trunc'])).stdout.trim().split('\n');

forEachPerson('files of containers', (world) => {
  it('diff lists what was added, changed and deleted', async () => {
    const script = 'echo x > /etc/motd; mkdir /new; : > /new/file; rm /bin/ls; : > /gone; rm /gone; chmod 711 /var';
    await make(world(), 'changed', script);
    assertResult(await world().slipway(['diff', 'changed']), {
      status: 0,
      stdout: 'C /bin\nD /bin/ls\nC /etc\nA /etc/motd\nA /new\nA /new/file\nC /var\n',
      stderr: '',
    });
    await make(world(), 'unchanged', 'true');
    assertResult(await world().slipway(['diff', 'unchanged']), { status: 0, stdout: '', stderr: '' });
    assert.match((await world().slipway(['diff', 'nobody'])).stderr, /no such container/i);
  });

  it('commit makes an image that has all of it', async () => {
    await make(world(), 'full');
    const words = [
      '-a',
      'Ann',
      '-m',
      'as it was',
      '-c',
      'ENV MODE=committed',
      '-c',
      `CMD ["sh","-c",${JSON.stringify(SHOW)}]`,
    ];
    const committed = await world().slipway(['commit', ...words, 'full', 'team/full:1']);
    assert.match(committed.stdout, /^sha256:[0-9a-f]{64}\n$/, committed.stderr);
    assertResult(await world().slipway(['run', '--rm', 'team/full:1']), { status: 0, stdout: SHOWN });
    assertResult(await world().slipway(['run', '--rm', 'team/full:1', 'sh', '-c', 'echo $MODE']), {
      stdout: 'committed\n',
    });
    const inspected = JSON.parse((await world().slipway(['inspect', 'team/full:1'])).stdout) as Record<
      string,
      unknown
    >[];
    assert.deepEqual([inspected[0]?.['Author'], inspected[0]?.['Comment']], ['Ann', 'as it was']);
    const history = (await world().slipway(['history', '--no-trunc', 'team/full:1'])).stdout.split('\n');
    assert.match(history[1] ?? '', /as it was$/);
    // The image of the image is the image: nothing is added.
    assertResult(await world().slipway(['run', '--name', 'again', 'team/full:1', 'true']), { status: 0 });
    assertResult(await world().slipway(['diff', 'again']), { stdout: '' });
    await world().slipway(['commit', 'again', 'team/full:2']);
    const layers = async (name: string): Promise<unknown> =>
      (JSON.parse((await world().slipway(['inspect', name])).stdout) as { RootFS: unknown }[])[0]?.RootFS;
    assert.deepEqual(await layers('team/full:2'), await layers('team/full:1'));
  });

  it('commit keeps how the container was created', async () => {
    const words = [
      '-e',
      'A=1',
      '-w',
      '/tmp',
      '-u',
      '7:8',
      '-l',
      'team=x',
      '--entrypoint',
      'echo',
      'localhost/starter',
      'hello',
    ];
    assertResult(await world().slipway(['run', '--name', 'made', ...words]), { status: 0, stdout: 'hello\n' });
    await world().slipway(['commit', '-c', 'LABEL more=y', 'made', 'made']);
    const [image] = JSON.parse((await world().slipway(['inspect', 'made:latest'])).stdout) as {
      Config: Record<string, unknown>;
    }[];
    const { Entrypoint, Cmd, User, WorkingDir, Labels, Env } = image?.Config ?? {};
    assert.deepEqual([Entrypoint, Cmd, User, WorkingDir], [['echo'], ['hello'], '7:8', '/tmp']);
    assert.deepEqual(
      [(Labels as Record<string, string>)['team'], (Labels as Record<string, string>)['more']],
      ['x', 'y'],
    );
    assert.ok((Env as string[]).includes('A=1'));
    assertResult(await world().slipway(['run', '--rm', 'made', 'bye']), { stdout: 'bye\n' });
  });

  it('a commit without a name has none; one that fails leaves nothing', async () => {
    const before = await images(world());
    const blobs = readdirSync(join(world().dataDirectory, 'blobs/sha256')).length;
    for (const words of [
      ['-c', 'FROM x', 'full'],
      ['full', 'Bad Name'],
      ['full', `x@sha256:${'a'.repeat(64)}`],
      ['nobody'],
    ]) {
      const failed = await world().slipway(['commit', ...words]);
      assert.deepEqual([failed.status, failed.stdout], [1, ''], words.join(' '));
    }
    assert.deepEqual(await images(world()), before);
    assert.equal(readdirSync(join(world().dataDirectory, 'blobs/sha256')).length, blobs);
    assert.deepEqual(readdirSync(join(world().dataDirectory, 'tmp')), []);
    const id = (await world().slipway(['commit', 'full'])).stdout.trim();
    assert.match((await world().slipway(['images', '--no-trunc'])).stdout, new RegExp(`<none> +<none> +${id} `));
    assertResult(await world().slipway(['run', '--rm', id, 'cat', '/data/first']), { stdout: 'one\n' });
    assertResult(await world().slipway(['rmi', id]), { status: 0 });
  });

  it('export writes the whole root file system, to standard output and to a file', async () => {
    const child = world().start(world().client, ['export', 'full'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const bytes = await buffer(child.stdout!);
    const list = execFileSync('tar', ['--numeric-owner', '-tv'], {
      input: bytes,
      encoding: 'utf8',
      maxBuffer: 8 << 20,
    });
    assert.match(list, /^-rwsr-sr-x 33\/44 .* data\/su$/m);
    assert.match(list, /^hrw-r--r-- .* data\/second link to data\/first$/m);
    assert.match(list, / bin\/busybox$/m);
    assert.match(list, / etc\/hosts$/m);
    assert.doesNotMatch(list, / bin\/ls$|\.wh\./m);
    assertResult(await world().slipway(['export', '-o', 'full.tar', 'full']), { status: 0, stdout: '', stderr: '' });
    assert.ok(readFileSync(join(world().home, 'full.tar')).equals(bytes));
    assert.deepEqual(
      readdirSync(world().home).filter((name) => name.includes('.tmp')),
      [],
    );
  });

  it('export refuses places that no file can have', async () => {
    const folder = join(world().home, 'folder');
    mkdirSync(folder);
    world().give(folder);
    for (const [place, reason] of [
      ['folder', /is a directory/],
      ['none/full.tar', /directory .* does not exist/],
      ['/dev/full', /is not a regular file/],
    ] as const) {
      const failed = await world().slipway(['export', '-o', place, 'full']);
      assert.equal(failed.status, 1);
      assert.match(failed.stderr, reason);
    }
    writeFileSync(join(world().home, 'kept'), 'kept');
    world().give(join(world().home, 'kept'));
    assert.equal((await world().slipway(['export', '-o', 'kept', 'nobody'])).status, 1);
    assert.equal(readFileSync(join(world().home, 'kept'), 'utf8'), 'kept');
  });

  it('a running container is committed and exported as it is', async () => {
    const run = await world().slipway([
      'run',
      '-d',
      '--name',
      'live',
      'localhost/starter',
      'sh',
      '-c',
      'echo now > /state; exec sleep 1000',
    ]);
    assert.equal(run.status, 0, run.stderr);
    await world().slipway(['exec', 'live', 'sh', '-c', 'until [ -s /state ]; do :; done']);
    for (const pause of ['--pause=false', '--pause=true', '-p']) {
      assertResult(await world().slipway(['commit', pause, 'live', 'live:1']), { status: 0, stderr: '' });
      assertResult(await world().slipway(['run', '--rm', 'live:1', 'cat', '/state']), { stdout: 'now\n' });
    }
    assertResult(await world().slipway(['exec', 'live', 'echo', 'goes on']), { status: 0, stdout: 'goes on\n' });
    assert.doesNotMatch((await world().slipway(['ps'])).stdout, /Paused/);
  });

  it('a reader that has stopped keeps nobody from removing the container', async () => {
    // 16 MiB: more than all pipes hold.
    await make(world(), 'large', 'dd if=/dev/urandom of=/large bs=1M count=16 2>/dev/null');
    const reader = world().start(world().client, ['export', 'large'], { stdio: ['ignore', 'pipe', 'pipe'] });
    await once(reader.stdout!, 'readable');
    assertResult(await world().slipway(['rm', 'large']), { status: 0, stdout: 'large\n' });
    const ended = once(reader, 'close');
    const [, reason] = await Promise.all([buffer(reader.stdout!), buffer(reader.stderr!)]);
    assert.deepEqual(await ended, [1, null]);
    assert.match(reason.toString(), /export large: .*the container is being removed/);
  });

  it('a reader that goes away ends the export', async () => {
    await make(world(), 'large', 'dd if=/dev/urandom of=/large bs=1M count=16 2>/dev/null');
    const reader = world().start(world().client, ['export', 'large'], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(reader.stdout!, 'readable');
    reader.stdout!.destroy();
    await once(reader, 'close');
    assertResult(await world().slipway(['rm', 'large']), { status: 0 });
    assert.ok(!existsSync(join(world().dataDirectory, 'containers', 'large')));
  });
});

forEachPerson(
  'a server that is killed during a commit',
  (world) => {
    it('leaves an image that is there whole or not at all, and nothing else', async () => {
      await make(world(), 'one', 'dd if=/dev/urandom of=/large bs=1M count=4 2>/dev/null; echo kept > /kept');
      const folders = ['tmp', 'blobs/sha256', 'layers', 'refs'].map((name) => join(world().dataDirectory, name));
      let killed = 0;
      for (let moment = 1; ; moment += 1) {
        let left = moment;
        const server = world().serverPid();
        const watchers = folders.map((folder) =>
          watch(folder, () => {
            left -= 1;
            if (left === 0) process.kill(server, 'SIGKILL');
          }),
        );
        const result = await world().slipway(['commit', 'one', 'committed']);
        for (const watcher of watchers) watcher.close();
        const listed = (await world().slipway(['images', '-q', 'committed'])).stdout;
        assert.deepEqual(readdirSync(join(world().dataDirectory, 'tmp')), []);
        if (listed !== '') {
          assertResult(await world().slipway(['run', '--rm', 'committed', 'cat', '/kept']), { stdout: 'kept\n' });
          assertResult(await world().slipway(['rmi', 'committed']), { status: 0 });
        }
        if (left > 0) {
          assertResult(result, { status: 0 });
          break;
        }
        killed += 1;
      }
      assert.ok(killed >= 5, `killed ${killed} times`);
    });
  },
  ['root'],
);
