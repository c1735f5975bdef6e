// What an image says about itself never becomes a path or a program of the host: VOLUME (CVE-2022-23648), labels
// (CVE-2026-53488), the names of users, the working directory, /etc/passwd.

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { startHostileRegistry, type HostileRegistry } from '../../support/hostile-registry.ts';
import { buildImage, buildLayer, busyboxLayer } from '../../support/images.ts';
import { forEachPerson } from './people.ts';

const OUTSIDE = '/tmp/slipway-never-made';
let registry: HostileRegistry;

before(async () => {
  registry = await startHostileRegistry();
  const base = await busyboxLayer();
  const labels = {
    'dev.slipway.user': 'nobody-here',
    'io.containers.autoupdate': `${OUTSIDE}/x`,
    'devcontainer.metadata': `[{"mounts":["source=/,target=/host,type=bind"],"privileged":true}]`,
    'com.docker.compose.project.config_files': '/etc/passwd',
  };
  const config = {
    Cmd: ['sh', '-c', 'cat /proc/self/mountinfo; grep ^Cap /proc/self/status'],
    Env: ['PATH=/bin', 'LD_PRELOAD=/tmp/evil.so', `SLIPWAY_DATA=${OUTSIDE}`, 'NODE_OPTIONS=--require=/tmp/evil.js'],
    Volumes: { [`/../../../../../../..${OUTSIDE}/volume`]: {}, '/proc': {}, '/sys/fs/cgroup': {}, '/dev': {}, '/': {} },
    Labels: labels,
  };
  registry.serveImage('a/config', '1', buildImage([base], { config }));
  registry.serveImage('a/plain', '1', buildImage([base], { config: { ...config, Volumes: {}, Labels: {} } }));
  const links = await buildLayer([
    { name: 'etc/', mode: 0o755 },
    { name: 'etc/passwd', link: { kind: 'symlink', target: '/proc/self/environ' } },
    { name: 'etc/hosts', link: { kind: 'symlink', target: `../../../../../../../..${OUTSIDE}/hosts` } },
  ]);
  registry.serveImage('a/links', '1', buildImage([base, links], { config: { Cmd: ['true'], User: 'root' } }));
});
after(() => registry[Symbol.asyncDispose]());

forEachPerson('an image', (world) => {
  const run = (name: string, ...words: string[]): ReturnType<ReturnType<typeof world>['slipway']> =>
    world().slipway(['run', '--rm', ...words, `${registry.host}/a/${name}:1`]);

  it('with volumes, labels and variables has the mounts and the rights of one without, and its own volume', async () => {
    const mounts = (text: string): string[] =>
      text.split('\n').map((line) => (line.startsWith('Cap') ? line : line.split(' ').slice(4, 6).join(' ')));
    const [said, plain] = [await run('config'), await run('plain')];
    assert.equal(said.status, 0, said.stderr);
    const own = mounts(said.stdout).filter((line) => line.startsWith(OUTSIDE));
    assert.deepEqual(
      own.map((line) => line.split(' ')[0]),
      [`${OUTSIDE}/volume`],
    );
    assert.deepEqual(
      mounts(said.stdout).filter((line) => !own.includes(line)),
      mounts(plain.stdout),
    );
    assert.equal((await world().slipway(['volume', 'ls', '-q'])).stdout, '');
    assert.ok(!existsSync(OUTSIDE));
  });

  it('with links for the files that are bound into it changes none outside', async () => {
    await run('links');
    assert.ok(!existsSync(OUTSIDE));
    assert.deepEqual(readdirSync(join(world().dataDirectory, 'containers')), []);
  });
});
