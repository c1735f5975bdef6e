// With and without TLS: what is trusted, and what the settings change.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { selfSigned, withoutCertificates, type Certificate } from '../../support/certificates.ts';
import { startHostileRegistry, versionsOf } from '../../support/hostile-registry.ts';
import type { ProxySettings } from '../../../runtime-server/src/images/images.ts';
import { leftovers, openImageStore, type ImageStore } from '../../support/image-store.ts';
import { buildImage, buildLayer, type TestImage } from '../../support/images.ts';
import { startProxy } from '../../support/proxy.ts';

// An address of this machine that is not loopback.
const address = Object.values(networkInterfaces())
  .flat()
  .find((item) => item !== undefined && !item.internal && item.family === 'IPv4')?.address;

describe('TLS', { skip: withoutCertificates() }, () => {
  let tls: Certificate;
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

  describe('on an address that is not loopback', { skip: address === undefined && 'only loopback here' }, () => {
    const ip = address ?? '';
    let own: Certificate;
    before(async () => {
      own = await selfSigned(`IP:${ip}`);
    });

    /** Writes files into the folder for a host beside the settings. */
    async function certify(store: ImageStore, host: string, files: Readonly<Record<string, string>>): Promise<void> {
      const folder = join(store.dataDirectory, 'certs.d', host);
      await mkdir(folder, { recursive: true });
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    }

    it('trusts the CAs that certs.d has for that host, and for no other', async () => {
      await using registry = await startHostileRegistry({ tls: own, address: ip });
      await using store = await openImageStore();
      registry.serveImage('team/app', '1', image);
      const reference = `${registry.host}/team/app:1`;
      await certify(store, `${ip}:1`, { 'ca.crt': own.cert });
      await assert.rejects(store.images.pull(reference), {
        message: /is not trusted/,
        hint: new RegExp(`certs\\.d/${registry.host}/ca\\.crt`),
      });
      await certify(store, registry.host, { 'ca.crt': tls.cert, 'more.crt': own.cert });
      assert.equal((await store.images.pull(reference)).imageId, image.config.digest);
      await certify(store, registry.host, { 'more.crt': tls.cert });
      await store.images.remove(reference, { usedBy: () => [] });
      await assert.rejects(
        store.images.pull(reference),
        { message: /is not trusted/ },
        'a changed file counts at once',
      );
    });

    it('shows a client certificate where certs.d has one', async () => {
      const client = await selfSigned();
      await using registry = await startHostileRegistry({ tls: { ...own, ca: client.cert }, address: ip });
      await using store = await openImageStore();
      registry.serveImage('team/app', '1', image);
      const reference = `${registry.host}/team/app:1`;
      await certify(store, registry.host, { 'ca.crt': own.cert });
      await assert.rejects(store.images.pull(reference), {
        code: 'Unavailable',
        message: /asks for a client certificate|closed the connection/,
      });
      await certify(store, registry.host, { 'client.cert': client.cert });
      await assert.rejects(store.images.pull(reference), {
        code: 'InvalidArgument',
        message: /client\.cert has no client\.key/,
      });
      await certify(store, registry.host, { 'client.key': client.key });
      assert.equal((await store.images.pull(reference)).imageId, image.config.digest);
      await certify(store, registry.host, { 'bad.crt': 'nonsense' });
      await store.images.remove(reference, { usedBy: () => [] });
      await assert.rejects(store.images.pull(reference), {
        code: 'InvalidArgument',
        message: /bad\.crt: it is no certificate/,
      });
    });

    it('goes through the proxy that the environment names, in a tunnel, with its login; not to what NO_PROXY names', async () => {
      await using registry = await startHostileRegistry({ tls: own, address: ip, http2: true });
      registry.serveImage('team/app', '1', image);
      const versions = versionsOf(registry);
      const reference = `${registry.host}/team/app:1`;
      await using proxy = await startProxy('ann:secret');
      const httpsProxy = proxy.address.replace('//', '//ann:secret@');
      const open = async (settings: ProxySettings): Promise<ImageStore> => {
        const store = await openImageStore({ dependencies: { proxy: settings } });
        await certify(store, registry.host, { 'ca.crt': own.cert });
        return store;
      };
      await using store = await open({ httpsProxy });
      assert.equal((await store.images.pull(reference)).imageId, image.config.digest);
      assert.deepEqual([...new Set(proxy.asked)], [`CONNECT ${registry.host}`]);
      assert.deepEqual([...versions], ['2.0'], 'and HTTP/2 in the tunnel');
      const before = proxy.asked.length;
      await using past = await open({ httpsProxy, noProxy: `other.example,${ip}` });
      assert.equal((await past.images.pull(reference)).imageId, image.config.digest);
      assert.equal(proxy.asked.length, before);
      await using refused = await open({ httpsProxy: proxy.address });
      await assert.rejects(refused.images.pull(reference), (error: Error) => {
        assert.match(error.message, /the proxy/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
      await using gone = await open({ httpsProxy: 'http://127.0.0.1:1' });
      await assert.rejects(gone.images.pull(reference), { code: 'Unavailable' });
    });

    it('goes through a proxy without TLS, too; loopback never does', async () => {
      await using registry = await startHostileRegistry({ address: ip });
      registry.serveImage('team/app', '1', image);
      await using proxy = await startProxy();
      await using store = await openImageStore({ dependencies: { proxy: { httpProxy: proxy.address } } });
      await store.configure({ 'insecure-registries': [ip] });
      await store.images.pull(`${registry.host}/team/app:1`);
      assert.ok(proxy.asked.length > 0, 'the proxy was asked');
      const before = proxy.asked.length;
      await using local = await startHostileRegistry();
      local.serveImage('team/app', '1', image);
      await store.images.pull(`${local.host}/team/app:1`);
      assert.equal(proxy.asked.length, before);
    });
  });
});
