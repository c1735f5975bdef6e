// snapshot, fork and rewind typed as root and as an ordinary user, against what the containers see.
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { World } from '../../support/world.ts';
import { assertResult, forEachPerson, inspect, killServerOf } from './people.ts';

const IMAGE = 'localhost/starter';

async function ok(world: World, ...words: readonly string[]): Promise<string> {
  const result = await world.slipway(words);
  assert.equal(result.status, 0, `${words.join(' ')}: ${JSON.stringify(result)}`);
  return result.stdout.trim();
}

/** A container that has run a script to its end. */
async function ran(world: World, name: string, script: string): Promise<void> {
  await ok(world, 'run', '--name', name, IMAGE, 'sh', '-c', script);
}

/** Runs a script in a container that reads it from a file when it is started. */
async function prepared(world: World, name: string): Promise<(script: string) => Promise<string>> {
  const folder = join(world.home, `scripts-${name}`);
  mkdirSync(folder);
  await ok(world, 'create', '--name', name, '-v', `${folder}:/scripts`, IMAGE, 'sh', '/scripts/next');
  return async (script) => {
    writeFileSync(join(folder, 'next'), `cd /\n${script}\n`);
    return ok(world, 'start', '-a', name);
  };
}

async function running(world: World, name: string): Promise<(script: string) => Promise<string>> {
  await ok(world, 'run', '-d', '--name', name, IMAGE, 'sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done');
  return (script) => ok(world, 'exec', name, 'sh', '-c', `cd /; ${script}`);
}

const frozen = (world: World): readonly string[] => names(join(world.dataDirectory, 'frozen'));
const snapshotFiles = (world: World): readonly string[] => names(join(world.dataDirectory, 'snapshots'));

function names(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

const upperOf = async (world: World, name: string): Promise<string> =>
  join(world.dataDirectory, 'containers', (await inspect(world, name)).Id, 'upper');

/** The bytes of container.json and what a test makes of them: as if a server had died there. */
async function recordOf(world: World, name: string): Promise<{ path: string; stack: readonly string[] }> {
  const path = join(world.dataDirectory, 'containers', (await inspect(world, name)).Id, 'container.json');
  const { stack = [] } = JSON.parse(readFileSync(path, 'utf8')) as { stack?: readonly string[] };
  return { path, stack };
}

forEachPerson('snapshots', (world) => {
  it('a stopped container goes back to what it was, and back again', async () => {
    const run = await prepared(world(), 'back');
    await run('echo one > /kept; mkdir /gone; echo x > /gone/x; rm /bin/ls; chmod 711 /var');
    const upper = lstatSync(await upperOf(world(), 'back')).ino;
    const id = await ok(world(), 'snapshot', 'back', 'clean');
    assert.match(id, /^[0-9a-f]{64}$/);
    // Frozen by a rename, not copied: it is the same directory.
    assert.deepEqual(
      frozen(world()).map((name) => lstatSync(join(world().dataDirectory, 'frozen', name)).ino),
      [upper],
    );
    const look = 'cat kept 2>&1; ls gone home 2>&1 | tr "\\n" " "; stat -c %a var; test -e bin/ls || echo no ls';
    const clean = await run(look);
    await run('echo two > /kept; rm -r /gone /home; mkdir /home; echo y > /home/y; chmod 755 /var');
    const later = await run(look);
    assert.notEqual(later, clean);
    const rewound = await world().slipway(['rewind', 'back']);
    assertResult(rewound, { status: 0, stdout: `${id}\n` });
    const before = /is snapshot ([0-9a-f]{12})\n$/.exec(rewound.stderr)?.[1] ?? '';
    assert.equal(await run(look), clean);
    await ok(world(), 'rewind', 'back', before);
    assert.equal(await run(look), later);
    await ok(world(), 'rewind', 'back', 'clean');
    assert.equal(await run(look), clean);
    await ok(world(), 'rm', '--purge', 'back');
    assert.deepEqual([frozen(world()), snapshotFiles(world())], [[], []]);
  });

  it('what was not changed takes nothing', async () => {
    await ran(world(), 'still', 'echo x > /x');
    const first = await ok(world(), 'snapshot', 'still');
    const second = await ok(world(), 'snapshot', '--name', 'again', 'still');
    assert.notEqual(first, second);
    assert.equal(frozen(world()).length, 1);
    assert.match((await world().slipway(['snapshot', 'still', 'again'])).stderr, /has one of that name/);
    const listed = await ok(world(), 'snapshot', 'ls', 'still', '--format', '{{.Name}} {{.Container}} {{.Size}}');
    assert.equal(listed, 'again still 2B\n<none> still 2B');
    assert.match(await ok(world(), 'system', 'df'), /^Snapshots +2 +0 +2B +0B/m);
    assert.match(await ok(world(), 'ps', '-as', '--filter', 'name=still'), / 0B \(virtual /);
    await ok(world(), 'snapshot', 'rm', 'again', first.slice(0, 12));
    assert.match((await world().slipway(['rewind', 'still'])).stderr, /it has no snapshot/);
    // The container still needs it.
    assert.equal(frozen(world()).length, 1);
    await ok(world(), 'rm', '--purge', 'still');
    assert.deepEqual(frozen(world()), []);
  });

  it('a fork runs beside its source, and each writes for itself', async () => {
    const inside = await running(world(), 'source');
    await inside(
      'echo shared > /shared; chmod 1777 /; ln /shared /linked; truncate -s 1G /sparse; rm -r /home; mkdir /home',
    );
    await inside('mkdir /many; i=0; while [ $i -lt 5000 ]; do : > /many/$i; i=$((i+1)); done');
    const id = await ok(world(), 'fork', '--name', 'copy', '--start', 'source');
    const other = (script: string): Promise<string> => ok(world(), 'exec', 'copy', 'sh', '-c', `cd /; ${script}`);
    const look = 'cat shared; stat -c "%h %s" linked sparse; ls many | wc -l; ls home; stat -c %a .';
    assert.equal(await other(look), await inside(look));
    assert.ok(Number(await other('stat -c %b sparse')) < 2000);
    // Overlayfs copies a name that is written, not the other names of its file: as with an image's files.
    await other('echo fork > /shared; rm -r /many');
    await inside('echo source > /shared');
    assert.deepEqual(
      [await inside('cat shared linked; ls many | wc -l'), await other('cat shared linked; ls many 2>&1 || :')],
      ['source\nsource\n5000', 'fork\nshared\nls: many: No such file or directory'],
    );
    assert.equal(await ok(world(), 'inspect', '-f', '{{.Config.Hostname}}', 'copy'), id.slice(0, 12));
    await ok(world(), 'rm', '-f', '--purge', 'source');
    assert.equal(await other('cat shared'), 'fork');
    // A fork of a fork, stopped: three levels.
    await ok(world(), 'stop', 'copy');
    await ok(world(), 'fork', '--name', 'third', 'copy');
    await ok(world(), 'start', 'third');
    assert.equal(
      await ok(world(), 'exec', 'third', 'sh', '-c', 'cat /shared; ls /many 2>&1 || ls /home'),
      'fork\nls: /many: No such file or directory',
    );
    await ok(world(), 'rm', '-f', '--purge', 'copy', 'third');
    assert.deepEqual(frozen(world()), []);
  });

  it('a running container is rewound by force only, and runs on', async () => {
    const inside = await running(world(), 'runs');
    await inside('echo one > /state');
    await ok(world(), 'snapshot', 'runs');
    await inside('echo two > /state');
    const refused = await world().slipway(['rewind', 'runs']);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /it is running[^]*use -f/);
    await ok(world(), 'rewind', '-f', 'runs');
    assert.equal(await inside('cat state'), 'one');
    assert.equal((await inspect(world(), 'runs')).State.Running, true);
    await ok(world(), 'rm', '-f', '--purge', 'runs');
  });

  it('diff, export and commit see all levels as one', async () => {
    const run = await prepared(world(), 'levels');
    await run('echo 1 > /etc/motd; mkdir -p /a/b; echo x > /a/b/x; rm /bin/ls; echo t > /temporary');
    await ok(world(), 'snapshot', 'levels');
    await run('rm -r /a /temporary; mkdir /a; echo y > /a/y; echo 2 > /etc/motd; mv /home /moved');
    await ok(world(), 'snapshot', 'levels');
    await run('rm /etc/motd; echo z > /a/z; cp /bin/busybox /bin/ls');
    assert.deepEqual(
      (await ok(world(), 'diff', 'levels')).split('\n').filter((line) => !/ \/moved|scripts/.test(line)),
      ['A /a', 'A /a/y', 'A /a/z', 'C /bin', 'C /bin/ls', 'D /home'],
    );
    const look = 'cd /; ls a bin etc moved | sort; test -e /temporary || echo gone; test -e /home || echo no home';
    const seen = await run(look.replace('cd /; ', ''));
    const layers = async (name: string): Promise<number> =>
      ((JSON.parse(await ok(world(), 'inspect', name)) as { RootFS: { Layers: unknown[] } }[])[0]?.RootFS.Layers ?? [])
        .length;
    await ok(world(), 'commit', 'levels', 'team/levels');
    assert.equal(await layers('team/levels'), (await layers(IMAGE)) + 1);
    assert.equal(await ok(world(), 'run', '--rm', 'team/levels', 'sh', '-c', look), seen);
    const archive = join(world().home, 'levels.tar');
    await ok(world(), 'export', '-o', archive, 'levels');
    await ok(world(), 'import', archive, 'team/flat');
    assert.equal(await ok(world(), 'run', '--rm', 'team/flat', 'sh', '-c', look), seen);
    await ok(world(), 'rm', '--purge', 'levels');
    assert.deepEqual(frozen(world()), []);
  });

  it('a server that dies at any step of it loses nothing and leaves nothing', async () => {
    const run = await prepared(world(), 'dies');
    await run('echo one > /state');
    const { path } = await recordOf(world(), 'dies');
    const [old, upper] = [readFileSync(path), await upperOf(world(), 'dies')];
    await ok(world(), 'snapshot', 'dies', 'first');
    const [named] = (await recordOf(world(), 'dies')).stack;
    const place = join(world().dataDirectory, 'frozen', named ?? '');
    const [file] = snapshotFiles(world());
    await killServerOf(world());
    // Died behind the record: neither renamed nor told.
    rmSync(join(world().dataDirectory, 'snapshots', file ?? ''));
    rmSync(upper, { recursive: true });
    renameSync(place, upper);
    assert.equal(await run('cat state; echo two > state'), 'one');
    assert.equal((await recordOf(world(), 'dies')).stack.length, 1);
    // Died behind the rename: no directory of its own.
    await killServerOf(world());
    rmSync(upper, { recursive: true });
    assert.equal(await run('cat state'), 'one');
    // Died before the record: as if nothing had been.
    await killServerOf(world());
    rmSync(upper, { recursive: true });
    renameSync(place, upper);
    writeFileSync(path, old);
    assert.equal(await run('cat state'), 'one');
    assert.deepEqual(frozen(world()), []);
    // What nobody names.
    await ok(world(), 'snapshot', 'dies');
    await killServerOf(world());
    writeFileSync(join(world().dataDirectory, 'snapshots', 'torn.json'), '{');
    await ok(world(), 'rm', '--purge', 'dies');
    assert.deepEqual(frozen(world()), []);
    rmSync(join(world().dataDirectory, 'snapshots', 'torn.json'));
  });
});
