// Mirrors of Docker Hub: asked in the order of the settings, each for what the one before could not give; the person's login at
// Docker Hub is for none of them.

import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { isFor, startHostileRegistry, type HostileRegistry, type Interceptor } from '../../support/hostile-registry.ts';
import { openImageStore, type ImageStore } from '../../support/image-store.ts';
import { buildImage, buildLayer, randomText, type TestImage } from '../../support/images.ts';

const REPOSITORY = 'library/app';
const MANIFEST = `/v2/${REPOSITORY}/manifests/1`;

/** Why a mirror is no help, and what it says then. */
const USELESS: Readonly<Record<string, Interceptor>> = {
  'has nothing': (_request, response) => {
    response.writeHead(404).end('{}');
    return true;
  },
  'denies access': (_request, response) => {
    response.writeHead(403).end();
    return true;
  },
  'asks for a login': (_request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="mirror"' }).end();
    return true;
  },
  'is broken': (_request, response) => {
    response.writeHead(500).end();
    return true;
  },
  'closes connections': (request) => {
    request.socket.destroy();
    return true;
  },
  'never answers': () => true,
  'wants a day of quiet': (_request, response) => {
    response.writeHead(429, { 'retry-after': '86400' }).end();
    return true;
  },
  'sends a page': (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    return true;
  },
};

describe('mirrors of Docker Hub', () => {
  let image: TestImage;
  before(async () => {
    image = buildImage([await buildLayer([{ name: 'data', content: randomText(200_000) }], 'none')]);
  });
  const layerPath = (): string => `/v2/${REPOSITORY}/blobs/${image.layers[0]?.digest ?? ''}`;

  async function useMirrors(store: ImageStore, mirrors: readonly HostileRegistry[]): Promise<void> {
    await store.configure({ 'registry-mirrors': mirrors.map(({ host }) => `http://${host}`) });
  }

  for (const [name, interceptor] of Object.entries(USELESS)) {
    it(`one that ${name} is passed over, in order`, async () => {
      await using first = await startHostileRegistry();
      await using second = await startHostileRegistry();
      await using third = await startHostileRegistry();
      await using store = await openImageStore();
      const order: string[] = [];
      for (const [place, mirror] of Object.entries({ first, second, third })) {
        mirror.serveImage(REPOSITORY, '1', image);
        if (mirror === first) mirror.intercept(interceptor);
        mirror.intercept(() => {
          if (order.at(-1) !== place) order.push(place);
          return false;
        });
      }
      await useMirrors(store, [first, second, third]);
      const result = await store.images.pull('app:1');
      assert.deepEqual([result.imageId, result.reference], [image.config.digest, 'docker.io/library/app:1']);
      assert.deepEqual(order, ['first', 'second'], 'and the one that answered is asked for the rest');
    });
  }

  it('a layer that one of them has lost, or sends badly, comes from the next', async () => {
    for (const bad of [undefined, Buffer.alloc(1000)]) {
      await using first = await startHostileRegistry();
      await using second = await startHostileRegistry();
      await using store = await openImageStore();
      for (const mirror of [first, second]) mirror.serveImage(REPOSITORY, '1', image);
      first.intercept((request, response) => {
        if (!isFor(request, layerPath())) return false;
        response.writeHead(bad === undefined ? 404 : 500).end(bad);
        return true;
      });
      await useMirrors(store, [first, second]);
      assert.equal((await store.images.pull('app:1')).imageId, image.config.digest);
      assert.deepEqual([first.asked(MANIFEST).length, second.asked(MANIFEST).length], [1, 0]);
      assert.equal(second.asked(layerPath()).length, 1);
    }
  });

  it('get no login that is for Docker Hub', async () => {
    await using mirror = await startHostileRegistry();
    await using other = await startHostileRegistry();
    const asked: string[] = [];
    const credentials = (host: string): Promise<{ username: string; password: string } | undefined> => {
      asked.push(host);
      return Promise.resolve(host === 'docker.io' ? { username: 'ann', password: 'secret' } : undefined);
    };
    await using store = await openImageStore({ dependencies: { credentials } });
    for (const one of [mirror, other]) one.serveImage(REPOSITORY, '1', image);
    mirror.intercept((_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="mirror"' }).end();
      return true;
    });
    await useMirrors(store, [mirror, other]);
    await store.images.pull('app:1');
    const sent = [...mirror.requests, ...other.requests].map(({ headers }) => headers.authorization);
    assert.ok(sent.length > 3 && sent.every((header) => header === undefined), sent.join(' '));
    assert.ok(asked.includes(mirror.host), 'its own login was looked for');
  });
});
