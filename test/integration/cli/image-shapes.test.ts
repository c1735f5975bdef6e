// Images of unusual shape, pulled and run by a person: many layers, and files that only root may have.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { archive } from '../../native/layer/archive.ts';
import { startHostileRegistry, type HostileRegistry } from '../../support/hostile-registry.ts';
import { buildImage, buildLayer, busyboxLayer, layerFromTar } from '../../support/images.ts';
import { forEachPerson } from './people.ts';

/** More than docker's 127. */
const MANY = 128;
let registry: HostileRegistry;

before(async () => {
  registry = await startHostileRegistry();
  const base = await busyboxLayer();
  const small = await Promise.all(
    Array.from({ length: MANY }, (_, index) => buildLayer([{ name: `layers/${index}`, content: String(index) }])),
  );
  registry.serveImage('team/many', '1', buildImage([base, ...small]));
  const special = layerFromTar(
    archive(
      { name: 's/' },
      { name: 's/setuid', data: 'x', mode: 0o4755 },
      { name: 's/time', data: 'x', pax: { mtime: '1700000000.123456789' } },
      { name: 's/hard', type: '1', link: 'bin/busybox' },
      {
        name: 's/sparse',
        data: '1\n1073741824\n0\n'.padEnd(512, '\0'),
        pax: {
          'GNU.sparse.major': '1',
          'GNU.sparse.minor': '0',
          'GNU.sparse.name': 's/sparse',
          'GNU.sparse.realsize': String(1 << 30),
        },
      },
    ),
  );
  registry.serveImage('team/special', '1', buildImage([base, special]));
  registry.serveImage('team/nothing', '1', buildImage([]));
});
after(() => registry[Symbol.asyncDispose]());

forEachPerson('images', (world) => {
  const run = (image: string, ...command: readonly string[]): ReturnType<ReturnType<typeof world>['slipway']> =>
    world().slipway(['run', '--rm', '--pull', 'missing', `${registry.host}/team/${image}:1`, ...command]);

  it(`of ${MANY} layers run`, async () => {
    const { status, stdout } = await run('many', 'sh', '-c', 'cat layers/*');
    assert.equal(status, 0);
    const digits = Array.from({ length: MANY }, (_, index) => String(index)).join('').length;
    assert.equal(stdout.length, digits);
  });

  it('without any layer start, and have no such command', async () => {
    const { status, stderr } = await run('nothing', '/app');
    assert.equal(status, 127, stderr);
    assert.match(stderr, /exec \/app: no such command in the container/);
  });

  it('keep set-id bits, nanoseconds, holes, and hard links into layers below', async () => {
    const fs = ['sh', '-c', 'ls -l s; busybox cmp s/hard bin/busybox && echo same'];
    const { stdout } = await run('special', ...fs);
    assert.match(stdout, /-rwsr-xr-x .* setuid$/m);
    assert.match(stdout, / 1073741824 .* sparse$/m);
    assert.match(stdout, /^same$/m);
  });
});
