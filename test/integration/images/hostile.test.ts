// Registries that misbehave: each gives one clear error, or is coped with, and nothing is left on the disk.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { EngineError } from '../../../runtime-server/src/base/errors.ts';
import { isFor, startHostileRegistry, type HostileRegistry } from '../../support/hostile-registry.ts';
import {
  leftovers,
  openImageStore,
  withoutMounts,
  type ImageStore,
  type StoreOptions,
} from '../../support/image-store.ts';
import { buildImage, buildLayer, document, randomText, sha256, type TestImage } from '../../support/images.ts';

const REPOSITORY = 'team/app';
const MANIFEST = `/v2/${REPOSITORY}/manifests/1`;

interface Scene extends AsyncDisposable {
  readonly registry: HostileRegistry;
  readonly store: ImageStore;
  readonly image: TestImage;
  readonly reference: string;
  /** Path of the only layer's blob. */
  readonly layerPath: string;
}

async function openScene(options: StoreOptions & { readonly image?: TestImage } = {}): Promise<Scene> {
  const registry = await startHostileRegistry();
  const store = await openImageStore(options);
  const image = options.image ?? buildImage([await buildLayer([{ name: 'data', content: randomText(200_000) }])]);
  registry.serveImage(REPOSITORY, '1', image);
  return {
    registry,
    store,
    image,
    reference: `${registry.host}/${REPOSITORY}:1`,
    layerPath: `/v2/${REPOSITORY}/blobs/${image.layers[0]?.digest ?? ''}`,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

async function refuses(
  scene: Scene,
  expected: { code: string; message: RegExp },
  reference = scene.reference,
): Promise<EngineError> {
  let caught: unknown;
  try {
    await scene.store.images.pull(reference);
  } catch (error) {
    caught = error;
  }
  assert.ok(caught instanceof EngineError, `an EngineError, not ${String(caught)}`);
  assert.match(caught.message, expected.message);
  assert.equal(caught.code, expected.code);
  assert.ok(caught.message.startsWith(`pull ${reference}: `), caught.message);
  assert.deepEqual(await leftovers(scene.store), [], 'nothing is left');
  assert.deepEqual(await scene.store.images.list(), []);
  return caught;
}

async function succeeds(scene: Scene): Promise<void> {
  const result = await scene.store.images.pull(scene.reference);
  assert.equal(result.imageId, scene.image.config.digest);
  assert.deepEqual(await scene.store.names('tmp'), []);
  assert.equal((await scene.store.names('layers')).length, scene.image.layers.length);
}

describe('logging in', () => {
  it('answers a token challenge once and keeps the token', async () => {
    await using scene = await openScene();
    const { registry } = scene;
    registry.serve('/token', Buffer.from('{"token":"secret-token","expires_in":300}'));
    registry.intercept((request, response) => {
      if (isFor(request, '/token') || request.headers.authorization === 'Bearer secret-token') return false;
      const challenge = `Bearer realm="http://${registry.host}/token",service="test",scope="repository:${REPOSITORY}:pull"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
      return true;
    });
    await succeeds(scene);
    const tokens = registry.asked('/token');
    assert.equal(tokens.length, 1);
    assert.equal(tokens[0]?.url, '/token?service=test&scope=repository%3Ateam%2Fapp%3Apull');
    assert.equal(tokens[0].headers.authorization, undefined);
    assert.equal(registry.asked('/v2/').length, 0, 'no ping');
  });

  it('fetches a new token when the old one is no longer taken', async () => {
    await using scene = await openScene();
    const { registry } = scene;
    let valid = 0;
    registry.intercept((request, response) => {
      if (isFor(request, '/token')) {
        valid += 1;
        response.end(JSON.stringify({ access_token: `t${valid}` }));
        return true;
      }
      if (request.headers.authorization === `Bearer t${valid}`) {
        if (isFor(request, MANIFEST)) valid += 1; // the next request finds its token refused
        return false;
      }
      response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/token"` }).end();
      return true;
    });
    await succeeds(scene);
  });

  it('fetches a new token in the middle of a layer, and goes on where it was', async () => {
    await using scene = await openScene();
    const { registry } = scene;
    const { blob } = scene.image.layers[0]!;
    let valid = 1;
    registry.intercept((request, response) => {
      if (isFor(request, '/token')) {
        response.end(JSON.stringify({ token: `t${valid}`, expires_in: 3600 }));
        return true;
      }
      if (request.headers.authorization !== `Bearer t${valid}`) {
        response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/token"` }).end();
        return true;
      }
      if (!isFor(request, scene.layerPath) || valid === 2) return false;
      valid = 2; // the layer breaks off, and its token has run out meanwhile
      response.writeHead(200, { 'content-length': blob.length });
      response.write(blob.subarray(0, 30_000), () => response.destroy());
      return true;
    });
    await succeeds(scene);
    assert.equal(registry.asked('/token').length, 2);
    const last = registry.asked(scene.layerPath).at(-1);
    assert.match(last?.headers.range ?? '', /^bytes=[1-9]\d*-$/);
  });

  it('sends a user name and password only to the host they are for', async () => {
    const credentials = (host: string): Promise<{ username: string; password: string } | undefined> =>
      Promise.resolve(host === scene.registry.host ? { username: 'ann', password: 'pass-word' } : undefined);
    await using scene = await openScene({ dependencies: { credentials: (host) => credentials(host) } });
    await using elsewhere = await startHostileRegistry();
    const expected = `Basic ${Buffer.from('ann:pass-word').toString('base64')}`;
    elsewhere.serve('/layer', scene.image.layers[0]!.blob);
    scene.registry.intercept((request, response) => {
      if (request.headers.authorization !== expected) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
        return true;
      }
      if (!isFor(request, scene.layerPath)) return false;
      response.writeHead(307, { location: `http://${elsewhere.host}/layer` }).end();
      return true;
    });
    await succeeds(scene);
    assert.ok(elsewhere.requests.length >= 1);
    assert.ok(elsewhere.requests.every((request) => request.headers.authorization === undefined));
  });

  it('says when a login is needed or refused, without the secret', async () => {
    const dependencies = { credentials: () => Promise.resolve({ username: 'ann', password: 'pass-word' }) };
    for (const options of [{}, { dependencies }]) {
      await using scene = await openScene(options);
      scene.registry.intercept((_request, response) => {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
        return true;
      });
      const error = await refuses(scene, { code: 'Unauthenticated', message: /asks for a login|refused the login/ });
      assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.detail]), /pass-word|YW5u/);
    }
  });

  it('asks no realm without TLS elsewhere, reads no endless token', async () => {
    for (const [realm, message] of [
      ['http://tokens.example/t', /tokens\.example without TLS/],
      ['not an address', /does not say where/],
      ['SELF/big', /token of .*: larger than/],
      ['SELF/nonsense', /a token that can't be read/],
    ] as const) {
      await using scene = await openScene();
      const { registry } = scene;
      registry.serve('/big', Buffer.alloc((1 << 20) + 1, 'x'));
      registry.serve('/nonsense', Buffer.from('{"token":"a b"}'));
      registry.intercept((request, response) => {
        if (isFor(request, /^\/(big|nonsense)$/)) return false;
        const address = realm.replace('SELF', `http://${registry.host}`);
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${address}"` }).end();
        return true;
      });
      await refuses(scene, { code: 'DataLoss', message });
    }
  });

  it('says that access is denied', async () => {
    await using scene = await openScene();
    scene.registry.intercept((_request, response) => {
      response.writeHead(403).end('{"errors":[{"code":"DENIED","message":"secret reasons"}]}');
      return true;
    });
    await refuses(scene, { code: 'PermissionDenied', message: /denies access to/ });
  });
});

describe('redirects', () => {
  it('follows a few, but no loop', async () => {
    await using scene = await openScene();
    scene.registry.intercept((request, response) => {
      const hop = Number(/hop=(\d)/.exec(request.url ?? '')?.[1] ?? 0);
      if (!isFor(request, MANIFEST) || hop === 4) return false;
      response.writeHead(302, { location: `${MANIFEST}?hop=${hop + 1}` }).end();
      return true;
    });
    await succeeds(scene);
    await using loop = await openScene();
    loop.registry.intercept((request, response) => {
      if (isFor(request, MANIFEST)) response.writeHead(302, { location: MANIFEST }).end();
      return isFor(request, MANIFEST);
    });
    await refuses(loop, { code: 'Unavailable', message: /redirects more than 5 times/ });
    assert.equal(loop.registry.asked(MANIFEST).length, 6);
  });

  it('goes to no host without TLS that is not local', async () => {
    for (const location of ['http://other.example/x', 'ftp://127.0.0.1/x', 'file:///etc/passwd', 'http://[']) {
      await using scene = await openScene();
      scene.registry.intercept((request, response) => {
        if (isFor(request, scene.layerPath)) response.writeHead(307, { location }).end();
        return isFor(request, scene.layerPath);
      });
      await refuses(scene, { code: 'DataLoss', message: /redirects to/ });
    }
  });
});

describe('connections', () => {
  it('takes a cut layer up again where it ended', async () => {
    await using scene = await openScene();
    cutOff(scene, 20_000, 3);
    await succeeds(scene);
    const ranges = scene.registry.asked(scene.layerPath).map((request) => request.headers.range);
    assert.equal(ranges[0], undefined);
    assert.ok(ranges.length === 4 && ranges.slice(1).every((range) => /^bytes=\d+-$/.test(range ?? '')));
  });

  it('hands no byte on twice when Range is ignored or refused', async () => {
    for (const refuse of [false, true]) {
      await using scene = await openScene();
      const { blob } = scene.image.layers[0]!;
      let cuts = 0;
      scene.registry.intercept((request, response) => {
        if (!isFor(request, scene.layerPath)) return false;
        if (refuse && request.headers.range !== undefined) {
          response.writeHead(416).end();
          return true;
        }
        response.writeHead(200, { 'content-length': blob.length });
        cuts += 1;
        if (cuts > 2) response.end(blob);
        else response.write(blob.subarray(0, 30_000 * cuts), () => response.destroy());
        return true;
      });
      await succeeds(scene);
    }
  });

  it('keeps its connections, whatever was asked over them', async () => {
    await using scene = await openScene();
    await succeeds(scene);
    const { connections } = scene.registry;
    assert.ok(connections <= 2, `${connections}: config and layer come side by side`);
    for (let times = 0; times < 6; times += 1)
      assert.equal((await scene.store.images.pull(scene.reference)).upToDate, true);
    // One more where an answer's end and the next question meet; not one for each question.
    assert.ok(scene.registry.connections <= connections + 1, `${scene.registry.connections}`);
  });

  it('gives up on a layer that never gets on', async () => {
    await using scene = await openScene();
    cutOff(scene, 0, 99);
    await refuses(scene, { code: 'Unavailable', message: /closed the connection/ });
  });

  it('gives up on a registry that stops sending, or never answers', async () => {
    await using stalled = await openScene();
    const { blob } = stalled.image.layers[0]!;
    stalled.registry.intercept((request, response) => {
      if (!isFor(request, stalled.layerPath)) return false;
      response.writeHead(200, { 'content-length': blob.length });
      if (request.headers.range === undefined) response.write(blob.subarray(0, 1000));
      return true;
    });
    await refuses(stalled, { code: 'Unavailable', message: /stopped sending|does not answer/ });
    await using silent = await openScene();
    silent.registry.intercept(() => true);
    await refuses(silent, { code: 'Unavailable', message: /does not answer|stopped sending/ });
  });

  it('tries again after 429 and 503, waits no longer than is bearable', async () => {
    await using scene = await openScene();
    let refusals = 0;
    scene.registry.intercept((request, response) => {
      if (!isFor(request, MANIFEST) || refusals === 2) return false;
      refusals += 1;
      response.writeHead(refusals === 1 ? 429 : 503, refusals === 1 ? { 'retry-after': '1' } : {}).end();
      return true;
    });
    await succeeds(scene);
    await using slow = await openScene();
    slow.registry.intercept((_request, response) => {
      response.writeHead(429, { 'retry-after': '86400' }).end();
      return true;
    });
    await refuses(slow, { code: 'Unavailable', message: /asked too often and wants 86400 s of quiet/ });
    assert.equal(slow.registry.requests.length, 1);
  });

  it('says who can not be reached, and why', async () => {
    await using scene = await openScene();
    await refuses(scene, { code: 'Unavailable', message: /127\.0\.0\.1:1 refuses connections/ }, '127.0.0.1:1/a/b:1');
    await refuses(
      scene,
      { code: 'Unavailable', message: /there is no host registry\.invalid|can't be looked up/ },
      'registry.invalid/a/b:1',
    );
  });

  it('ends at once when it is cancelled, and leaves only what is verified', async () => {
    await using scene = await openScene();
    const controller = new AbortController();
    const { blob } = scene.image.layers[0]!;
    scene.registry.intercept((request, response) => {
      if (!isFor(request, scene.layerPath)) return false;
      response.writeHead(200, { 'content-length': blob.length }).write(blob.subarray(0, 20_000));
      setImmediate(() => {
        controller.abort();
      });
      return true;
    });
    await assert.rejects(scene.store.images.pull(scene.reference, { signal: controller.signal }), {
      code: 'Cancelled',
      message: `pull ${scene.reference}: cancelled`,
    });
    const { manifest, config } = scene.image;
    const verified = [manifest, config].map(({ digest }) => join('blobs', 'sha256', digest.slice(7)));
    for (const name of await leftovers(scene.store)) assert.ok(verified.includes(name), name);
    await scene.store.images.prune({ all: false, usedBy: () => [] });
    assert.deepEqual(await leftovers(scene.store), []);
  });
});

describe('this machine', () => {
  it('may have no space left', { skip: withoutMounts() }, async () => {
    await using scene = await openScene({ bytes: 100_000 });
    const error = await refuses(scene, { code: 'NoSpace', message: /no space left on the disk/ });
    assert.match(error.hint ?? '', /Free some space/);
  });

  it('may have no room for more files', { skip: withoutMounts() }, async () => {
    const files = Array.from({ length: 1000 }, (_, index) => ({ name: `f${index}`, content: '' }));
    const image = buildImage([await buildLayer(files)]);
    await using scene = await openScene({ image, bytes: 50 << 20, inodes: 500 });
    const error = await refuses(scene, { code: 'NoSpace', message: /no room for more files on the disk/ });
    assert.match(error.hint ?? '', /df -i/);
  });

  it('may stop: what is going on ends, and the next server clears away what is left', async () => {
    await using scene = await openScene();
    const { blob } = scene.image.layers[0]!;
    scene.registry.intercept((request, response) => {
      if (!isFor(request, scene.layerPath)) return false;
      response.writeHead(200, { 'content-length': blob.length }).write(blob.subarray(0, 20_000));
      setImmediate(() => void scene.store.images.close());
      return true;
    });
    await assert.rejects(scene.store.images.pull(scene.reference), { code: 'Cancelled' });
    await scene.store.images.close();
    assert.deepEqual(await scene.store.names('tmp'), []);
    await (await scene.store.restart()).gc();
    assert.deepEqual(await leftovers(scene.store), []);
  });

  it('is given names that are none', async () => {
    await using scene = await openScene();
    await refuses(
      scene,
      { code: 'InvalidArgument', message: /^pull Alpine: repository names are in lower case$/ },
      'Alpine',
    );
    await assert.rejects(scene.store.images.pull('a b'), { message: 'pull "a b": an image name has no spaces' });
    await assert.rejects(scene.store.images.pull('alpine', { platform: 'x/y/z/w' }), {
      message: 'pull alpine: platform "x/y/z/w": expected os/architecture[/variant]',
    });
  });
});

describe('lies', () => {
  it('about the size of a layer', async () => {
    for (const [difference, message] of [
      [1, /offers \d+ bytes, the manifest says/],
      [-1, /offers \d+ bytes, the manifest says/],
    ] as const) {
      const image = buildImage([await buildLayer([{ name: 'a', content: 'a' }])], {
        alterManifest: (manifest) => {
          const [layer] = manifest['layers'] as { size: number }[];
          layer!.size += difference;
        },
      });
      await using scene = await openScene({ image });
      await refuses(scene, { code: 'DataLoss', message });
    }
  });

  it('about the size of a layer without saying so beforehand', async () => {
    for (const [extra, message] of [
      [7, /sent more than \d+ bytes/],
      [-7, /sent \d+ of \d+ bytes/],
    ] as const) {
      await using scene = await openScene();
      const { blob } = scene.image.layers[0]!;
      const lie = extra > 0 ? Buffer.concat([blob, Buffer.alloc(extra)]) : blob.subarray(0, extra);
      scene.registry.intercept((request, response) => {
        if (!isFor(request, scene.layerPath)) return false;
        const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
        response.writeHead(
          start === 0 ? 200 : 206,
          start === 0 ? {} : { 'content-range': `bytes ${start}-${blob.length - 1}/*` },
        );
        response.end(lie.subarray(start)); // chunked: no length is promised
        return true;
      });
      await refuses(scene, { code: 'DataLoss', message });
    }
  });

  it('about the content of a layer, a config, a manifest', async () => {
    const changed = (bytes: Buffer): Buffer => {
      const copy = Buffer.from(bytes);
      copy[copy.length >> 1]! ^= 1;
      return copy;
    };
    await using layer = await openScene({
      image: buildImage([await buildLayer([{ name: 'a', content: 'aaaa' }], 'none')]),
    });
    layer.registry.serve(layer.layerPath, changed(layer.image.layers[0]!.blob));
    await refuses(layer, {
      code: 'DataLoss',
      message: /layer sha256:[a-f0-9]{64} (?:does not match its digest|is not)/,
    });
    await using config = await openScene();
    config.registry.serve(`/v2/${REPOSITORY}/blobs/${config.image.config.digest}`, changed(config.image.config.bytes));
    await refuses(config, { code: 'DataLoss', message: /does not match its digest/ });
    await using manifest = await openScene();
    const digest = manifest.image.manifest.digest;
    manifest.registry.serve(`/v2/${REPOSITORY}/manifests/${digest}`, changed(manifest.image.manifest.bytes));
    const reference = `${manifest.registry.host}/${REPOSITORY}@${digest}`;
    await refuses(
      manifest,
      { code: 'DataLoss', message: /manifest sha256:[a-f0-9]{64} does not match its digest/ },
      reference,
    );
  });

  it('about what a layer is when unpacked', async () => {
    const image = buildImage([await buildLayer([{ name: 'a', content: 'a' }])], {
      alterConfig: (config) => {
        config['rootfs'] = { type: 'layers', diff_ids: [sha256('something else')] };
      },
    });
    await using scene = await openScene({ image });
    await refuses(scene, { code: 'DataLoss', message: /is not what the image config says it is/ });
  });

  it('in the digest header', async () => {
    await using scene = await openScene();
    scene.registry.intercept((request, response) => {
      if (isFor(request, MANIFEST)) response.setHeader('docker-content-digest', sha256('other'));
      return false;
    });
    await refuses(scene, { code: 'DataLoss', message: /does not match the digest sha256:/ });
  });
});

describe('manifests that are refused', () => {
  const cases: readonly [
    name: string,
    code: string,
    message: RegExp,
    alter: (manifest: Record<string, unknown>) => void,
  ][] = [
    [
      'both layers and manifests',
      'InvalidArgument',
      /both layers and manifests/,
      (manifest) => (manifest['manifests'] = []),
    ],
    [
      'a digest that is a path',
      'InvalidArgument',
      /\$\.layers\[0\]\.digest: /,
      (manifest) => ((manifest['layers'] as { digest: string }[])[0]!.digest = 'sha256:../../../../etc/passwd'),
    ],
    [
      'another hash',
      'Unsupported',
      /only sha256/,
      (manifest) => ((manifest['layers'] as { digest: string }[])[0]!.digest = `sha512:${'a'.repeat(128)}`),
    ],
    [
      'a layer of another address by any type',
      'Unsupported',
      /would have to come from another address/,
      (manifest) => Object.assign((manifest['layers'] as object[])[0]!, { urls: ['https://elsewhere.example/layer'] }),
    ],
    [
      'foreign layers',
      'Unsupported',
      /would have to come from another address/,
      (manifest) =>
        Object.assign((manifest['layers'] as object[])[0]!, {
          mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
          urls: ['https://elsewhere.example/layer'],
        }),
    ],
    [
      'an artifact',
      'Unsupported',
      /no container image/,
      (manifest) =>
        ((manifest['config'] as { mediaType: string }).mediaType = 'application/vnd.cncf.helm.config.v1+json'),
    ],
    ['schema 1', 'Unsupported', /schema 1/, (manifest) => (manifest['schemaVersion'] = 1)],
    [
      'a negative size',
      'InvalidArgument',
      /\$\.layers\[0\]\.size: expected a whole number/,
      (manifest) => ((manifest['layers'] as { size: number }[])[0]!.size = -1),
    ],
    [
      'more layers than the config',
      'DataLoss',
      /lists 1 layers, the manifest 2/,
      (manifest) => (manifest['layers'] as object[]).push((manifest['layers'] as object[])[0]!),
    ],
  ];
  for (const [name, code, message, alterManifest] of cases) {
    it(name, async () => {
      const image = buildImage([await buildLayer([{ name: 'a', content: 'a' }])], { alterManifest });
      await using scene = await openScene({ image });
      await refuses(scene, { code, message });
    });
  }

  it('a manifest or config larger than 4 MiB', async () => {
    await using scene = await openScene();
    scene.registry.serve(MANIFEST, Buffer.alloc((4 << 20) + 1, ' '), scene.image.manifest.mediaType);
    await refuses(scene, { code: 'DataLoss', message: /larger than 4194304 bytes/ });
    const image = buildImage([await buildLayer([{ name: 'a', content: 'a' }])], {
      alterManifest: (manifest) => ((manifest['config'] as { size: number }).size = 5 << 20),
    });
    await using large = await openScene({ image });
    await refuses(large, { code: 'DataLoss', message: /image config is larger than/ });
  });

  it('one that the registry calls something else', async () => {
    await using scene = await openScene();
    scene.registry.serve(MANIFEST, scene.image.manifest.bytes, 'application/vnd.oci.image.index.v1+json');
    await refuses(scene, { code: 'InvalidArgument', message: /differs from what the registry calls it/ });
  });

  it('another platform', async () => {
    const image = buildImage([await buildLayer([{ name: 'a', content: 'a' }])], { architecture: 's390x' });
    await using scene = await openScene({ image });
    const error = await refuses(scene, {
      code: 'Unsupported',
      message: /nothing for linux\/\w+, only for linux\/s390x/,
    });
    assert.match(error.hint ?? '', /--platform linux\/s390x/);
    await scene.store.images.pull(scene.reference, { platform: 's390x' });
  });

  it('nested indexes without end', async () => {
    await using scene = await openScene();
    const type = 'application/vnd.oci.image.index.v1+json';
    let inner = document({ schemaVersion: 2, mediaType: type, manifests: [] }, type);
    for (let depth = 0; depth < 6; depth += 1) {
      scene.registry.serveDocument(REPOSITORY, '1', inner);
      const entry = { mediaType: type, digest: inner.digest, size: inner.bytes.length };
      inner = document({ schemaVersion: 2, mediaType: type, manifests: [entry] }, type);
    }
    scene.registry.serveDocument(REPOSITORY, '1', inner);
    await refuses(scene, { code: 'Unsupported', message: /nests more than 3 indexes/ });
  });
});

function cutOff(scene: Scene, after: number, times: number): void {
  const { blob } = scene.image.layers[0]!;
  let cuts = 0;
  scene.registry.intercept((request, response) => {
    if (!isFor(request, scene.layerPath) || cuts === times) return false;
    cuts += 1;
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = start === 0 ? {} : { 'content-range': `bytes ${start}-${blob.length - 1}/${blob.length}` };
    response.writeHead(start === 0 ? 200 : 206, { 'content-length': blob.length - start, ...range });
    if (after === 0) response.flushHeaders();
    response.write(blob.subarray(start, start + after), () => response.destroy());
    return true;
  });
}
