// From a real registry to a shell: short names through a mirror, several layers, an index, a real Debian; and every way in
// which it can go wrong, each with one sentence, the right status, and nothing left behind.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { after, before, it } from 'node:test';
import { buildImage, buildLayer, busyboxLayer, layerFromTar, pushImage, pushIndex } from '../../support/images.ts';
import { startRegistry, withoutRegistry, type TestRegistry } from '../../support/registry.ts';
import { collect, type World } from '../../support/world.ts';
import { assertResult, containerIds, forEachPerson } from './people.ts';

const skip = withoutRegistry();
const CACHE = resolve(import.meta.dirname, '../../../.vscode-test');
const debian = existsSync(CACHE) ? readdirSync(CACHE).find((name) => /^debian-\w+\.tar$/.test(name)) : undefined;

let registry: TestRegistry | undefined;
const host = (): string => {
  assert.ok(registry !== undefined);
  return registry.host;
};

before(async () => {
  if (skip !== false) return;
  registry = await startRegistry();
  const base = await busyboxLayer();
  const changes = await buildLayer([
    { name: 'etc/release', content: 'second layer\n' },
    { name: 'bin/.wh.sleep', content: '' },
    { name: 'opt/', mode: 0o755 },
    { name: 'opt/kept', content: 'kept' },
  ]);
  const last = await buildLayer(
    [
      { name: 'opt/.wh..wh..opq', content: '' },
      { name: 'opt/new', content: 'new' },
    ],
    'zstd',
  );
  await pushImage(host(), 'library/alpine', 'latest', buildImage([base], { flavor: 'docker' }));
  await pushImage(
    host(),
    'team/layers',
    '1.0',
    buildImage([base, changes, last], { config: { Env: ['PATH=/bin', 'FROM_IMAGE=yes'], WorkingDir: '/opt' } }),
  );
  for (const tag of ['one', 'two']) await pushImage(host(), 'team/tags', tag, buildImage([base]));
  const platforms = [buildImage([base], { architecture: 's390x' }), buildImage([base, changes])];
  for (const name of ['team/index', 'team/other']) await pushIndex(host(), name, 'latest', platforms);
  if (debian !== undefined) {
    const layer = layerFromTar(readFileSync(join(CACHE, debian)));
    const config = { Cmd: ['bash'], Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'] };
    await pushImage(host(), 'library/debian', 'latest', buildImage([layer], { config }));
  }
  await pushIndex(host(), 'team/foreign', 'latest', [
    buildImage([base], { architecture: 's390x' }),
    buildImage([base], { architecture: 'ppc64le' }),
  ]);
});
after(() => registry?.stop());

/** Nothing half-done: no temporary file, no trash that stays, no layer without its record. */
function assertClean(world: World): void {
  assert.deepEqual(readdirSync(join(world.dataDirectory, 'tmp')), []);
  const layers = join(world.dataDirectory, 'layers');
  for (const name of readdirSync(layers)) assert.ok(existsSync(join(layers, name, 'done.json')), name);
}

forEachPerson('pull', (world) => {
  const slipway = (...words: string[]): ReturnType<ReturnType<typeof world>['slipway']> => world().slipway(words);
  before(() => {
    if (skip === false) world().configure({ 'registry-mirrors': [`http://${host()}`] });
  });

  it('pull alpine says its tag, each layer, and the digest; again it is up to date', { skip }, async () => {
    const first = await slipway('pull', 'alpine');
    assert.equal(first.status, 0, first.stderr);
    assert.match(
      first.stdout,
      /^Using default tag: latest\nlatest: Pulling from library\/alpine\n[0-9a-f]{12}: Pull complete\nDigest: sha256:[0-9a-f]{64}\nStatus: Downloaded newer image for alpine:latest\ndocker\.io\/library\/alpine:latest\n$/,
    );
    assert.match((await slipway('pull', 'alpine')).stdout, /Status: Image is up to date for alpine:latest\n/);
    assert.match(
      (await slipway('images', 'alpine')).stdout,
      /\nalpine +latest +[0-9a-f]{12} +\d+ (months|years) ago +[\d.]+MB\n$/,
    );
  });

  it('run alpine pulls what is missing and says so on standard error', { skip }, async () => {
    await slipway('rmi', '-f', 'alpine');
    const { status, stdout, stderr } = await slipway('run', '--rm', 'alpine', 'echo', 'hello');
    assert.deepEqual([status, stdout], [0, 'hello\n']);
    assert.match(
      stderr,
      /^Unable to find image 'alpine:latest' locally\nlatest: Pulling from library\/alpine\n[\s\S]*Status: Downloaded newer image for alpine:latest\n$/,
    );
  });

  it('layers, whiteouts and opaque folders are as the image says', { skip }, async () => {
    const image = `${host()}/team/layers:1.0`;
    const script = 'cat /etc/release; ls /bin/sleep 2>/dev/null; ls /opt; echo $FROM_IMAGE $(pwd)';
    assertResult(await slipway('run', '--rm', image, 'sh', '-c', script), {
      status: 0,
      stdout: 'second layer\nnew\nyes /opt\n',
    });
    assertClean(world());
  });

  it('an index gives this machine’s platform; another one can be asked for', { skip }, async () => {
    assertResult(await slipway('run', '--rm', `${host()}/team/index`, 'cat', '/etc/release'), {
      status: 0,
      stdout: 'second layer\n',
    });
    const other = await slipway(
      'run',
      '--rm',
      '--platform',
      'linux/s390x',
      `${host()}/team/other`,
      'ls',
      '/etc/release',
    );
    assert.equal(other.status, 1, 'the first image has no second layer');
    const missing = await slipway('pull', `${host()}/team/foreign`);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /^slipway: pull [^\n]*linux\/(amd64|arm64)[^\n]*\n {2}/);
    assert.ok(missing.stderr.includes('linux/s390x'), missing.stderr);
  });

  it('pull -a fetches every tag; -q prints the name alone', { skip }, async () => {
    const name = `${host()}/team/tags`;
    const all = await slipway('pull', '-a', name);
    assert.equal(all.status, 0, all.stderr);
    assert.deepEqual(all.stdout.match(/^\S+: Pulling from .*$/gm)?.sort(), [
      `one: Pulling from ${name}`,
      `two: Pulling from ${name}`,
    ]);
    assert.match(all.stdout, new RegExp(`\\n${name}\\n$`));
    assertResult(await slipway('pull', '-a', '-q', name), { stdout: `${name}\n`, stderr: '' });
    assert.match((await slipway('pull', '-a', `${name}:one`)).stderr, /a tag can't be used with --all-tags\/-a\n/);
    assert.match((await slipway('pull', '-a', `${host()}/team/absent`)).stderr, /^slipway: pull [^\n]+\n/);
    await slipway('rmi', `${name}:one`, `${name}:two`);
  });

  it('rmi removes tags and bytes; an image in use is kept', { skip }, async () => {
    await slipway('create', '--name', 'user', 'alpine');
    const refused = await slipway('rmi', 'alpine');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /user/);
    await slipway('rm', 'user');
    assert.match(
      (await slipway('rmi', 'alpine', `${host()}/team/layers:1.0`, `${host()}/team/index`, `${host()}/team/other`))
        .stdout,
      /^Untagged: alpine:latest\n[\s\S]*Deleted: sha256:/,
    );
    assert.equal((await slipway('images', '-q')).stdout.split('\n').length, 2);
    assert.equal(readdirSync(join(world().dataDirectory, 'layers')).length, 1, 'the starter’s layer');
  });

  it(
    'a real Debian works',
    { skip: skip === false ? debian === undefined && 'no Debian archive: run scripts/setup-debian.mjs' : skip },
    async () => {
      const run = (...words: string[]): ReturnType<typeof slipway> => slipway('run', '--rm', 'debian', ...words);
      assert.match((await run('cat', '/etc/os-release')).stdout, /^PRETTY_NAME=/);
      assertResult(await run('bash', '-c', 'dpkg --verify >/dev/null; echo $?'), { stdout: '0\n' });
      assertResult(await run('sh', '-c', 'useradd -m me && su me -c "id -un" && stat -c %U /home/me'), { status: 0 });
      const owners = await run('find', '/', '-xdev', '!', '-user', 'root', '-printf', '%u %p\n');
      assert.match(owners.stdout, /_apt|man|mail/);
      assertResult(await slipway('run', '--rm', '-u', 'www-data', 'debian', 'id', '-un'), {
        status: 0,
        stdout: 'www-data\n',
      });
    },
  );

  it('what does not exist is said in one sentence', { skip }, async () => {
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['pull', 'alpinx'], 1, /^slipway: pull alpinx: [^\n]+\n {2}\S/],
      [['run', 'alpinx'], 125, /slipway: pull alpinx:latest: [^\n]+\n {2}\S/],
      [['pull', 'UPPER'], 1, /^slipway: pull "?UPPER"?: [^\n]+\n/],
      [['pull', 'a b'], 1, /^slipway: pull "a b": [^\n]+\n/],
      [['pull', `${host()}/team/layers:none`], 1, /^slipway: pull [^\n]+: [^\n]+\n {2}\S/],
      [['pull', `${host()}/team/layers@sha256:12`], 1, /^slipway: pull [^\n]+\n/],
      [['rmi', 'nothing'], 1, /^slipway: [^\n]*nothing[^\n]*\n/],
      [['run', '--pull', 'never', 'absent'], 125, /^slipway: run absent: no such image here\n {2}\S/],
    ];
    for (const [words, status, pattern] of cases) {
      const result = await slipway(...words);
      assert.equal(result.status, status, JSON.stringify(result));
      assert.match(result.stderr, pattern);
    }
    assertClean(world());
    assert.deepEqual(await containerIds(world()), []);
  });

  it('a registry that is down is said, with its name', { skip }, async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const { status, stderr } = await slipway('pull', `127.0.0.1:${port}/x`);
    assert.equal(status, 1);
    assert.match(
      stderr,
      new RegExp(`^slipway: pull 127\\.0\\.0\\.1:${port}/x: [^\\n]*(refused|reach|connect)[^\\n]*\\n {2}\\S`),
    );
  });

  it('Ctrl-C ends a pull with 130 and leaves nothing', { skip }, async () => {
    // A registry that accepts and never answers.
    const sockets = new Set<{ destroy(): void }>();
    const connected = Promise.withResolvers<void>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      connected.resolve();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const child = world().start(world().client, ['pull', `127.0.0.1:${port}/slow`], { stdio: 'pipe' });
    const result = collect(child);
    await connected.promise;
    const interrupted = performance.now();
    child.kill('SIGINT');
    assert.equal((await result).status, 130);
    assert.ok(performance.now() - interrupted < 2000, 'at once, not when a time-out is over');
    for (const socket of sockets) socket.destroy();
    server.close();
    assertClean(world());
  });

  it(
    'a full disk is said, and nothing of the image remains',
    { skip: process.getuid?.() !== 0 && 'needs root to mount a small disk' },
    async () => {
      await slipway('server', 'stop');
      const data = world().dataDirectory;
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'small', data]);
      world().give(data);
      try {
        const { status, stderr } = await slipway('pull', 'alpine');
        assert.equal(status, 1);
        assert.match(stderr, /^slipway: pull alpine: [^\n]*space[^\n]*\n {2}\S/);
        assert.deepEqual(readdirSync(join(data, 'layers')), []);
        assert.deepEqual(readdirSync(join(data, 'tmp')), []);
      } finally {
        await slipway('server', 'stop');
        execFileSync('umount', ['-l', data]);
      }
    },
  );

  it('a killed server in the middle of a pull leaves no half image', { skip }, async () => {
    await slipway('images');
    const child = world().start(world().client, ['pull', 'debian'], { stdio: 'pipe' });
    const result = collect(child);
    child.stdout?.once('data', () => {
      process.kill(world().serverPid(), 'SIGKILL');
    });
    assert.notEqual((await result).status, 0);
    assert.match((await slipway('images')).stdout, /localhost\/starter/);
    assertClean(world());
    assert.deepEqual(readdirSync(join(world().dataDirectory, 'trash')), []);
  });
});
