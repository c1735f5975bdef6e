import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MANIFEST_MAX, parseManifest } from '../../../runtime-server/src/oci/manifest.ts';
import { MEDIA } from '../../../runtime-server/src/oci/media-types.ts';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const descriptor = (digit: string, mediaType: string = MEDIA.ociLayerGzip): Record<string, unknown> => ({
  mediaType,
  digest: digest(digit),
  size: 10,
});
const manifest = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  schemaVersion: 2,
  mediaType: MEDIA.ociManifest,
  config: descriptor('c', MEDIA.ociConfig),
  layers: [descriptor('1'), descriptor('2')],
  ...changes,
});
const parse = (body: unknown, contentType?: string) => parseManifest(Buffer.from(JSON.stringify(body)), contentType);

describe('parseManifest', () => {
  it('reads manifests and indexes of both families', () => {
    const parsed = parse(manifest(), MEDIA.ociManifest);
    assert.equal(parsed.kind === 'manifest' && parsed.layers[1]?.digest, digest('2'));
    const index = parse(
      {
        schemaVersion: 2,
        mediaType: MEDIA.dockerIndex,
        manifests: [
          { ...descriptor('a', MEDIA.dockerManifest), platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
        ],
      },
      `${MEDIA.dockerIndex}; charset=utf-8`,
    );
    assert.deepEqual(index.kind === 'index' && index.manifests[0]?.platform, { os: 'linux', architecture: 'arm64' });
  });

  it('tells what it is without a media type', () => {
    const bare = manifest({ mediaType: undefined });
    assert.equal(parse(bare).mediaType, MEDIA.ociManifest);
    assert.equal(parse(bare, 'application/json').mediaType, MEDIA.ociManifest);
    assert.equal(parse(bare, MEDIA.dockerManifest).mediaType, MEDIA.dockerManifest);
    assert.equal(parse({ schemaVersion: 2, manifests: [] }).kind, 'index');
  });

  it('refuses what can be read in two ways', () => {
    for (const [body, contentType, message] of [
      [manifest({ manifests: [] }), undefined, /both layers and manifests/],
      [{ schemaVersion: 2, manifests: [], config: {} }, undefined, /both layers and manifests/],
      [manifest(), MEDIA.ociIndex, /differs from what the registry calls it/],
      [manifest({ mediaType: MEDIA.ociIndex }), undefined, /but it has no manifests/],
      [{ schemaVersion: 2, mediaType: MEDIA.ociManifest, manifests: [] }, undefined, /but it has manifests/],
    ] as const) {
      assert.throws(() => parse(body, contentType), { code: 'InvalidArgument', message });
    }
  });

  it('names the place of an error', () => {
    for (const [body, message] of [
      [[], /^\$: expected an object, found a list$/],
      [null, /^\$: expected an object, found null$/],
      [manifest({ schemaVersion: 3 }), /^\$\.schemaVersion: expected 2$/],
      [manifest({ layers: 5 }), /^\$\.layers: expected a list, found 5$/],
      [manifest({ layers: [{}] }), /^\$\.layers\[0\]\.mediaType: expected a string, found nothing$/],
      [manifest({ config: { ...descriptor('c'), size: 1.5 } }), /^\$\.config\.size: expected a whole number/],
      [manifest({ config: { ...descriptor('c'), digest: 'sha256:..' } }), /^\$\.config\.digest: digest "sha256:\.\."/],
      [manifest({ config: { ...descriptor('c'), mediaType: 'a b' } }), /^\$\.config\.mediaType: expected a media type/],
      [manifest({ annotations: { a: 1 } }), /^\$\.annotations\.a: expected a string, found 1$/],
    ] as const) {
      assert.throws(() => parse(body), { code: 'InvalidArgument', message });
    }
  });

  it('refuses other formats, sizes and numbers', () => {
    const old = { code: 'Unsupported', message: /schema 1/ };
    assert.throws(() => parse({ schemaVersion: 1 }), old);
    assert.throws(() => parse(manifest(), 'application/vnd.docker.distribution.manifest.v1+prettyjws'), old);
    assert.throws(() => parse(manifest({ mediaType: 'text/html' })), { code: 'Unsupported', message: /is no image/ });
    const many = Array.from({ length: 501 }, () => descriptor('1'));
    assert.throws(() => parse(manifest({ layers: many })), { code: 'Unsupported', message: /501 layers/ });
    assert.throws(() => parseManifest(Buffer.alloc(MANIFEST_MAX + 1)), {
      code: 'InvalidArgument',
      message: /larger than/,
    });
    assert.throws(() => parseManifest(Buffer.from('{')), {
      code: 'InvalidArgument',
      message: /^manifest: not valid JSON/,
    });
    assert.throws(() => parseManifest(Buffer.from([0x7b, 0xff])), { code: 'InvalidArgument' });
  });
});
