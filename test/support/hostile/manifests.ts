// Bad manifests, indexes and image configs.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage, buildIndex, buildLayer, document, hostArchitecture, type TestDocument } from '../images.ts';
import { documentCase, imageCase, MANIFEST, REPOSITORY, serveImage, type HostileCase, type Outcome } from './case.ts';

const LAYER = await buildLayer([{ name: 'x', content: 'good' }]);
const GOOD = buildImage([LAYER]);
const MANIFEST_TYPE = GOOD.manifest.mediaType;
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const SHA512 = `sha512:${'a'.repeat(128)}`;

type Json = Record<string, unknown>;

const isWhole: Outcome = ({ fs }) => {
  assert.equal(readFileSync(join(fs, 'x'), 'utf8'), 'good');
};

const manifest = (name: string, alterManifest: (manifest: Json) => void, outcome: Outcome): HostileCase =>
  imageCase(`manifest: ${name}`, [LAYER], { alterManifest }, outcome);

const layer = (name: string, changes: Json, outcome: Outcome): HostileCase =>
  manifest(name, (body) => Object.assign((body['layers'] as object[])[0]!, changes), outcome);

const text = (name: string, bytes: Buffer | string, outcome: Outcome, mediaType = MANIFEST_TYPE): HostileCase =>
  documentCase(`manifest: ${name}`, { bytes: Buffer.from(bytes), digest: GOOD.manifest.digest, mediaType }, outcome);

const config = (name: string, alterConfig: (config: Json) => void, outcome: Outcome): HostileCase =>
  imageCase(`config: ${name}`, [LAYER], { alterConfig }, outcome);

const MANIFESTS: readonly HostileCase[] = [
  manifest('both layers and manifests', (body) => (body['manifests'] = []), /both layers and manifests/),
  manifest('schema 1', (body) => (body['schemaVersion'] = 1), /schema 1 is not supported/),
  manifest('schema 3', (body) => (body['schemaVersion'] = 3), /schemaVersion: expected 2/),
  manifest('layers that are no list', (body) => (body['layers'] = { length: 1 }), /\$\.layers: expected a list/),
  manifest('no config', (body) => delete body['config'], /\$\.config/),
  manifest(
    'more layers than the config',
    (body) => (body['layers'] as object[]).push((body['layers'] as object[])[0]!),
    /config lists 1 layers, the manifest 2/,
  ),
  manifest('fewer layers than the config', (body) => (body['layers'] = []), /config lists 1 layers, the manifest 0/),
  manifest(
    '501 layers',
    (body) => (body['layers'] = Array<unknown>(501).fill((body['layers'] as object[])[0])),
    /501 layers, at most 500 work/,
  ),
  manifest(
    'an artifact',
    (body) => ((body['config'] as Json)['mediaType'] = 'application/vnd.cncf.helm.config.v1+json'),
    /no container image/,
  ),
  manifest('a config of 5 MiB', (body) => ((body['config'] as Json)['size'] = 5 << 20), /image config is larger than/),
  manifest(
    'a config that is longer than said',
    (body) => ((body['config'] as Json)['size'] = 7),
    /the manifest says 7/,
  ),
  manifest('another type inside', (body) => (body['mediaType'] = INDEX_TYPE), /has no manifests|differs from what/),
  manifest('names of the language', (body) => (body['__proto__x'] = body['constructor'] = { layers: [] }), isWhole),
  layer('a digest that is a path', { digest: 'sha256:../../../../etc/passwd' }, /\$\.layers\[0\]\.digest/),
  layer('a digest with a line break', { digest: `${LAYER.digest}\n` }, /\$\.layers\[0\]\.digest/),
  layer('a digest in capitals', { digest: LAYER.digest.toUpperCase() }, /\$\.layers\[0\]\.digest/),
  layer('another hash', { digest: SHA512 }, /only sha256/),
  layer('a layer of another address', { urls: ['https://elsewhere.example/layer'] }, /from another address/),
  layer(
    'a foreign layer',
    { mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' },
    /from another address/,
  ),
  layer('a layer of an unknown type', { mediaType: 'application/vnd.example.layer' }, /of the unknown type/),
  layer('a negative size', { size: -1 }, /\$\.layers\[0\]\.size: expected a whole number/),
  layer('half a byte', { size: 0.5 }, /\$\.layers\[0\]\.size: expected a whole number/),
  layer('a size as a text', { size: '12' }, /\$\.layers\[0\]\.size/),
  layer('a size beyond all numbers', { size: 1e300 }, /\$\.layers\[0\]\.size/),
  layer('a size of nothing', { size: 0 }, /another size than the manifest says|does not match|the manifest says 0/),
  layer('one byte more than there is', { size: LAYER.size + 1 }, /the manifest says/),
  text('no JSON', '<html>Please log in</html>', /manifest: not valid JSON|no JSON/),
  text('a list', '[]', /expected an object/),
  text('null', 'null', /expected an object/),
  text('nothing', '', /not valid JSON|no JSON/),
  text('lists in lists', '['.repeat(100_000), /not valid JSON|nested|too deep/),
  text('an unfinished number', '{"schemaVersion":1e', /not valid JSON|no JSON/),
  text('5 MiB', Buffer.alloc(5 << 20, ' '), /larger than 4194304 bytes/),
  text('no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), /not valid JSON|UTF-8/),
  text('an index by its name', GOOD.manifest.bytes, /differs from what the registry calls it/, INDEX_TYPE),
];

const CONFIGS: readonly HostileCase[] = [
  config('no rootfs', (body) => delete body['rootfs'], /no rootfs/),
  config('diffIDs that are no list', (body) => (body['rootfs'] = { diff_ids: 'x' }), /diff_ids/),
  config('a diffID that is a path', (body) => (body['rootfs'] = { diff_ids: ['../../x'] }), /diff_ids\[0\]/),
  config('a diffID of another hash', (body) => (body['rootfs'] = { diff_ids: [SHA512] }), /only sha256/),
  config(
    'a diffID of something else',
    (body) => (body['rootfs'] = { diff_ids: [GOOD.config.digest] }),
    /is not what the image config says/,
  ),
  config('an environment that is a text', (body) => (body['config'] = { Env: 'A=1' }), /Env/),
  config('a command of numbers', (body) => (body['config'] = { Cmd: [1] }), /Cmd/),
  config('a user that is a list', (body) => (body['config'] = { User: ['root'] }), /User/),
  config('labels that are a list', (body) => (body['config'] = { Labels: ['a'] }), /Labels/),
  config(
    'another machine',
    (body) => (body['architecture'] = 's390x'),
    /nothing for linux\/\w+, only for linux\/s390x/,
  ),
  {
    name: 'config: other bytes',
    outcome: /does not match its digest/,
    serve: (registry) => {
      const made = serveImage(registry, GOOD);
      const bytes = Buffer.from(GOOD.config.bytes);
      bytes[bytes.length - 2]! ^= 1;
      registry.serve(`/v2/${REPOSITORY}/blobs/${GOOD.config.digest}`, bytes);
      return made;
    },
  },
];

const entry = (of: TestDocument, more: Json = {}): Json => ({
  mediaType: of.mediaType,
  digest: of.digest,
  size: of.bytes.length,
  platform: { os: 'linux', architecture: hostArchitecture() },
  ...more,
});

const index = (name: string, manifests: readonly Json[], outcome: Outcome): HostileCase => ({
  name: `index: ${name}`,
  outcome,
  serve: (registry) => {
    registry.serveImage(REPOSITORY, 'other', GOOD);
    registry.serveDocument(
      REPOSITORY,
      '1',
      document({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }, INDEX_TYPE),
    );
    return LAYER.diffId;
  },
});

const INDEXES: readonly HostileCase[] = [
  index('of nothing', [], /nothing for linux/),
  index(
    'of attestations alone',
    [entry(GOOD.manifest, { platform: { os: 'unknown', architecture: 'unknown' } })],
    /it has nothing for linux\/\w+$/m,
  ),
  index('a manifest of another size', [entry(GOOD.manifest, { size: 7 })], /another size than its index says/),
  index('a manifest of 5 MiB', [entry(GOOD.manifest, { size: 5 << 20 })], /larger than 4194304 bytes/),
  index('a manifest that is not there', [entry(document({ a: 1 }, MANIFEST_TYPE))], /not found|no such|is not there/),
  index('a manifest called an index', [entry(GOOD.manifest, { mediaType: INDEX_TYPE })], /mediaType|no manifests/),
  index('a platform that is a text', [entry(GOOD.manifest, { platform: 'linux' })], /platform/),
  {
    name: 'index: in an index in an index without end',
    outcome: /nests more than 3 indexes/,
    serve: (registry) => {
      let inner = buildIndex([GOOD]);
      for (let depth = 0; depth < 6; depth += 1) {
        registry.serveDocument(REPOSITORY, '1', inner);
        inner = document({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [entry(inner)] }, INDEX_TYPE);
      }
      registry.serveDocument(REPOSITORY, '1', inner);
      return undefined;
    },
  },
  {
    name: 'index: that leads to itself',
    outcome: /does not match its digest/,
    serve: (registry) => {
      const loop = document(
        { schemaVersion: 2, manifests: [entry({ ...GOOD.manifest, mediaType: INDEX_TYPE })] },
        INDEX_TYPE,
      );
      registry.serve(MANIFEST, loop.bytes, INDEX_TYPE);
      registry.serve(`/v2/${REPOSITORY}/manifests/${GOOD.manifest.digest}`, loop.bytes, INDEX_TYPE);
      return undefined;
    },
  },
];

export const DOCUMENTS: readonly HostileCase[] = [...MANIFESTS, ...CONFIGS, ...INDEXES];
