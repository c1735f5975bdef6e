// With and without TLS: what is trusted, and what the settings change.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startHostileRegistry } from '../../support/hostile-registry.ts';
import { leftovers, openImageStore } from '../../support/image-store.ts';
import { buildImage, buildLayer, type TestImage } from '../../support/images.ts';

// An address of this machine that is not loopback.
const address = Object.values(networkInterfaces())
  .flat()
  .find((item) => item !== undefined && !item.internal && item.family === 'IPv4')?.address;
const withoutOpenssl = existsSync('/usr/bin/openssl') ? false : 'openssl is not installed';

async function selfSigned(): Promise<{ key: string; cert: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-tls-'));
  try {
    const [key, cert] = [join(directory, 'key'), join(directory, 'cert')];
    const subject = ['-subj', '/CN=registry.test', '-days', '2'];
    const files = ['-keyout', key, '-out', cert];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', ...subject, ...files],
      {
        stdio: 'ignore',
      },
    );
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe('TLS', { skip: withoutOpenssl }, () => {
  let tls: { key: string; cert: string };
  let image: TestImage;
  before(async () => {
    tls = await selfSigned();
    image = buildImage([await buildLayer([{ name: 'a', content: 'a' }])]);
  });
  after(() => undefined);

  it('on loopback needs no trusted certificate', async () => {
    await using registry = await startHostileRegistry({ tls });
    await using store = await openImageStore();
    registry.serveImage('team/app', '1', image);
    assert.equal((await store.images.pull(`${registry.host}/team/app:1`)).imageId, image.config.digest);
  });

  it(
    'elsewhere does, unless the settings name the host',
    { skip: address === undefined && 'only loopback here' },
    async () => {
      await using registry = await startHostileRegistry({ tls, address: address ?? '' });
      await using store = await openImageStore();
      registry.serveImage('team/app', '1', image);
      const reference = `${registry.host}/team/app:1`;
      await assert.rejects(store.images.pull(reference), {
        code: 'Unavailable',
        message: `pull ${reference}: the certificate of ${registry.host} is not trusted`,
        hint: /insecure-registries/,
      });
      assert.deepEqual(await leftovers(store), []);
      await store.configure({ 'insecure-registries': [registry.host] });
      assert.equal((await store.images.pull(reference)).imageId, image.config.digest);
    },
  );

  it(
    'is never given up for plain http, unless the settings say so',
    { skip: address === undefined && 'only loopback here' },
    async () => {
      await using registry = await startHostileRegistry({ address: address ?? '' });
      await using store = await openImageStore();
      registry.serveImage('team/app', '1', image);
      const reference = `${registry.host}/team/app:1`;
      await assert.rejects(store.images.pull(reference), {
        code: 'Unavailable',
        message: `pull ${reference}: ${registry.host} does not speak TLS`,
      });
      assert.equal(registry.requests.length, 0);
      await store.configure({ 'insecure-registries': [`${address ?? ''}/32`] });
      assert.equal((await store.images.pull(reference)).imageId, image.config.digest);
    },
  );

  it(
    'is used through a proxy that the environment names',
    { skip: address === undefined && 'only loopback here' },
    async () => {
      // A proxy for plain http gets the whole address as its path.
      await using proxy = await startHostileRegistry();
      const asked: string[] = [];
      proxy.intercept((request, response) => {
        asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
        response.writeHead(404).end();
        return true;
      });
      const httpProxy = `http://${proxy.host}`;
      await using store = await openImageStore({ dependencies: { proxy: { httpProxy, httpsProxy: httpProxy } } });
      await store.configure({ 'insecure-registries': [address ?? ''] });
      await assert.rejects(store.images.pull(`${address ?? ''}:9/team/app:1`));
      assert.ok(asked.length > 0, 'the proxy was asked');
    },
  );
});
