// HTTP/2 where a registry offers it: one connection for all, and the same answers to what goes wrong as over HTTP/1.1.

import assert from 'node:assert/strict';
import { constants, type Http2ServerResponse } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { before, describe, it } from 'node:test';
import { EngineError } from '../../../runtime-server/src/base/errors.ts';
import { selfSigned, withoutCertificates, type Certificate } from '../../support/certificates.ts';
import { isFor, startHostileRegistry, versionsOf } from '../../support/hostile-registry.ts';
import { END_HEADERS, field, frame, FRAMES, startFrameServer } from '../../support/http2-frames.ts';
import { leftovers, openImageStore } from '../../support/image-store.ts';
import { buildImage, buildLayer, randomText, type TestImage } from '../../support/images.ts';
import { startRegistry, withoutRegistry } from '../../support/registry.ts';

const REPOSITORY = 'team/app';

/** What happens to a layer that is half sent. */
const BREAKS: Readonly<Record<string, (stream: Http2ServerResponse['stream']) => void>> = {
  'a GOAWAY, the last stream named, and the connection ends': (stream) => {
    stream.session?.goaway(constants.NGHTTP2_NO_ERROR, stream.id ?? 0);
    stream.session?.destroy();
  },
  'a GOAWAY as if nothing had been asked': (stream) => {
    stream.session?.goaway(constants.NGHTTP2_NO_ERROR, 0);
  },
  'a GOAWAY for an error': (stream) => {
    stream.session?.destroy(undefined, constants.NGHTTP2_INTERNAL_ERROR);
  },
  'a reset for an error': (stream) => {
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  },
  'a reset to be calm': (stream) => {
    stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  },
  'a reset without a reason': (stream) => {
    stream.close(constants.NGHTTP2_NO_ERROR);
  },
  'a refusal after the headers': (stream) => {
    stream.close(constants.NGHTTP2_REFUSED_STREAM);
  },
  'the end of the body': (stream) => {
    stream.end();
  },
  'the end of the connection': (stream) => {
    stream.session?.socket.destroy();
  },
  silence: () => undefined,
};

const settings = frame(FRAMES.settings, 0, 0);
const settingOf = (key: number, value: number): Buffer => {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(key, 0);
  bytes.writeUInt32BE(value, 2);
  return bytes;
};

/** Writes the same again and again, as fast as it is taken, until the other side has had enough. */
function endlessly(socket: TLSSocket, bytes: Buffer): void {
  const many = Buffer.concat(Array<Buffer>(Math.ceil(16_384 / bytes.length)).fill(bytes));
  // In a turn of its own: a small write is done at once, and its callback would keep all others from their turn.
  const more = (): void => {
    if (!socket.destroyed) socket.write(many, () => setImmediate(more));
  };
  more();
}

/** What a server sends that breaks the protocol, or bends it. */
const KEEP = /does not keep to HTTP\/2/;
const CLOSED = /closed the connection/;
/** Over loopback what plain http has to say comes last. */
const ANY = /closed the connection|does not (answer|keep to HTTP\/2)/;

const FLOODS: Readonly<Record<string, { readonly says: RegExp; readonly answer: (socket: TLSSocket) => void }>> = {
  'headers that never end': {
    says: KEEP,
    answer: (socket) => {
      socket.write(frame(FRAMES.headers, 0, 1, field(':status', '200')));
      endlessly(socket, frame(FRAMES.continuation, 0, 1, Buffer.concat(Array<Buffer>(100).fill(field('x', 'y')))));
    },
  },
  'continuations of nothing': {
    says: KEEP,
    answer: (socket) => {
      socket.write(frame(FRAMES.headers, 0, 1, field(':status', '200')));
      endlessly(socket, frame(FRAMES.continuation, 0, 1));
    },
  },
  'a thousand headers': {
    says: CLOSED,
    answer: (socket) => {
      const fields = Array.from({ length: 1000 }, (_, index) => field(`x-${index}`, 'y'));
      socket.write(frame(FRAMES.headers, END_HEADERS, 1, Buffer.concat([field(':status', '200'), ...fields])));
    },
  },
  'headers of the way for ever': {
    says: ANY,
    answer: (socket) => {
      endlessly(socket, frame(FRAMES.headers, END_HEADERS, 1, field(':status', '103')));
    },
  },
  'pings for ever': {
    says: ANY,
    answer: (socket) => {
      endlessly(socket, frame(FRAMES.ping, 0, 0, Buffer.alloc(8)));
    },
  },
  'settings for ever': {
    says: KEEP,
    answer: (socket) => {
      endlessly(socket, settings);
    },
  },
  'empty data for ever': {
    says: KEEP,
    answer: (socket) => {
      socket.write(frame(FRAMES.headers, END_HEADERS, 1, field(':status', '200')));
      endlessly(socket, frame(FRAMES.data, 0, 1));
    },
  },
  'data for a stream that nobody opened': {
    says: KEEP,
    answer: (socket) => {
      socket.write(frame(FRAMES.data, 0, 99, Buffer.alloc(100)));
    },
  },
  'a frame larger than agreed': {
    says: KEEP,
    answer: (socket) => {
      socket.write(frame(FRAMES.data, 0, 1, Buffer.alloc(1 << 20)));
    },
  },
  'no status': {
    says: CLOSED,
    answer: (socket) => {
      socket.write(frame(FRAMES.headers, END_HEADERS, 1, field('x', 'y')));
    },
  },
  'a GOAWAY each time': {
    says: ANY,
    answer: (socket) => {
      socket.end(frame(FRAMES.goaway, 0, 0, Buffer.alloc(8)));
    },
  },
  'no place for a request': {
    says: ANY,
    answer: (socket) => {
      socket.write(frame(FRAMES.settings, 0, 0, settingOf(3, 0)));
    },
  },
  'another protocol': {
    says: ANY,
    answer: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n'.repeat(10));
    },
  },
};

describe('HTTP/2', { skip: withoutCertificates() }, () => {
  let tls: Certificate;
  let image: TestImage;
  let layerPath: string;
  before(async () => {
    tls = await selfSigned();
    image = buildImage([await buildLayer([{ name: 'data', content: randomText(400_000) }], 'none')]);
    layerPath = `/v2/${REPOSITORY}/blobs/${image.layers[0]?.digest ?? ''}`;
  });

  it('is spoken where it is offered, over one connection for all; HTTP/1.1 elsewhere', async () => {
    const names = ['a', 'b', 'c'];
    const layers = await Promise.all(
      names.map((name) => buildLayer([{ name, content: randomText(2 << 20) + name }], 'none')),
    );
    const large = buildImage(layers);
    for (const [http2, version] of [
      [true, '2.0'],
      [false, '1.1'],
    ] as const) {
      await using registry = await startHostileRegistry({ tls, http2 });
      await using store = await openImageStore();
      registry.serveImage(REPOSITORY, '1', large);
      const versions = versionsOf(registry);
      assert.equal((await store.images.pull(`${registry.host}/${REPOSITORY}:1`)).imageId, large.config.digest);
      assert.deepEqual([...versions], [version]);
      if (http2) assert.equal(registry.connections, 1);
    }
  });

  for (const [name, breakOff] of Object.entries(BREAKS)) {
    it(`goes on where a layer broke off: ${name}`, async () => {
      await using registry = await startHostileRegistry({ tls, http2: true });
      await using store = await openImageStore();
      registry.serveImage(REPOSITORY, '1', image);
      const lengths = [true, false]; // a break for each
      registry.intercept((request, response) => {
        const told = isFor(request, layerPath) ? lengths.shift() : undefined;
        if (told === undefined) return false;
        const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
        const { stream } = response as unknown as Http2ServerResponse;
        const { blob = Buffer.alloc(0) } = image.layers[0] ?? {};
        stream.on('error', () => undefined);
        response.writeHead(start === 0 ? 200 : 206, {
          ...(told ? { 'content-length': blob.length - start } : {}),
          ...(start === 0 ? {} : { 'content-range': `bytes ${start}-${blob.length - 1}/${blob.length}` }),
        });
        response.write(blob.subarray(start, start + 150_000), () => {
          // The bytes are on their way when the next turn comes; a ping's answer tells that they have been read.
          stream.session?.ping(() => {
            breakOff(stream);
          });
        });
        return true;
      });
      assert.equal((await store.images.pull(`${registry.host}/${REPOSITORY}:1`)).imageId, image.config.digest);
      assert.deepEqual(await store.names('tmp'), []);
      const ranges = registry.asked(layerPath).map(({ headers }) => headers.range);
      assert.deepEqual([ranges.length, ranges[0]], [3, undefined]);
      const starts = ranges.slice(1).map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
      assert.ok((starts[0] ?? 0) > 0 && (starts[1] ?? 0) > (starts[0] ?? 0), `asked from ${starts.join(' and ')}`);
    });
  }

  for (const [name, { answer, says }] of Object.entries(FLOODS)) {
    it(`is refused: ${name}`, async () => {
      await using server = await startFrameServer(tls, answer);
      await using store = await openImageStore();
      const reference = `${server.host}/${REPOSITORY}:1`;
      await assert.rejects(store.images.pull(reference), (error: unknown) => {
        assert.ok(error instanceof EngineError, String(error));
        assert.equal(error.code, 'Unavailable', error.message);
        assert.match(error.message, says);
        assert.ok(error.message.startsWith(`pull ${reference}: ${server.host} `), error.message);
        assert.ok(error.hint !== undefined);
        return true;
      });
      assert.ok(server.connections >= 1 && server.connections <= 20, `${server.connections} connections`);
      assert.deepEqual(await leftovers(store), []);
    });
  }

  it('a pull that is given up gives up its streams and nothing else', async () => {
    await using registry = await startHostileRegistry({ tls, http2: true });
    await using store = await openImageStore();
    registry.serveImage(REPOSITORY, '1', image);
    const reached = Promise.withResolvers<Http2ServerResponse['stream']>();
    registry.intercept((request, response) => {
      if (!isFor(request, layerPath)) return false;
      response.writeHead(200, { 'content-length': image.layers[0]?.size ?? 0 });
      response.write(Buffer.alloc(10_000), () => {
        reached.resolve((response as unknown as Http2ServerResponse).stream);
      });
      return true;
    });
    const controller = new AbortController();
    const pull = store.images.pull(`${registry.host}/${REPOSITORY}:1`, { signal: controller.signal });
    const stream = await reached.promise;
    const { session } = stream;
    const closed = Promise.withResolvers<undefined>();
    stream.once('close', () => {
      closed.resolve(undefined);
    });
    controller.abort();
    await assert.rejects(pull, { code: 'Cancelled' });
    await closed.promise;
    assert.equal(session?.closed, false);
  });

  it('an upload whose stream is reset each time is given up with a sentence', async () => {
    await using registry = await startHostileRegistry({ tls, http2: true });
    await using store = await openImageStore();
    registry.serveImage(REPOSITORY, '1', image);
    const reference = `${registry.host}/${REPOSITORY}:1`;
    await store.images.pull(reference);
    let resets = 0;
    registry.intercept(({ method = '' }, response) => {
      const { stream } = response as unknown as Http2ServerResponse;
      if (method === 'HEAD') response.writeHead(404).end();
      if (method === 'POST') response.writeHead(202, { location: `/v2/${REPOSITORY}/blobs/uploads/1` }).end();
      if (['PUT', 'PATCH'].includes(method)) {
        stream.on('error', () => undefined);
        stream.once('data', () => {
          resets += 1;
          stream.close(constants.NGHTTP2_INTERNAL_ERROR);
        });
      }
      return ['HEAD', 'POST', 'PUT', 'PATCH'].includes(method);
    });
    await assert.rejects(store.images.push(reference, {}), {
      code: 'Unavailable',
      message: `push ${reference}: ${registry.host} closed the connection`,
    });
    assert.ok(resets > 1 && resets < 20, `${resets} tries`);
  });

  it('is spoken for pushes, too, with a real registry', { skip: withoutRegistry() }, async () => {
    await using source = await startHostileRegistry();
    await using registry = await startRegistry({ tls });
    await using store = await openImageStore();
    source.serveImage(REPOSITORY, '1', image);
    await store.images.pull(`${source.host}/${REPOSITORY}:1`);
    const target = `${registry.host}/${REPOSITORY}:1`;
    await store.images.tag(`${source.host}/${REPOSITORY}:1`, target);
    const [pushed] = await store.images.push(target, {});
    assert.equal(pushed?.digest, image.manifest.digest);
    await using other = await openImageStore();
    assert.equal((await other.images.pull(target)).imageId, image.config.digest);
  });
});
