// Mutations of good documents: whatever comes in, a parser gives a value or throws an EngineError, and soon.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineError } from '../../../runtime-server/src/base/errors.ts';
import { parseImageConfig, rawConfig } from '../../../runtime-server/src/oci/image-config.ts';
import { parseManifest } from '../../../runtime-server/src/oci/manifest.ts';
import { canonical, familiar, parseReference } from '../../../runtime-server/src/oci/reference.ts';
import { hostPlatform, parsePlatform } from '../../../runtime-server/src/oci/platform.ts';
import { parseChallenges } from '../../../runtime-server/src/registry/challenge.ts';
import { parseSettingsText } from '../../../runtime-server/src/base/settings.ts';
import { readRegistrySettings } from '../../../runtime-server/src/registry/settings.ts';
import { buildImage, buildIndex, buildLayer } from '../../support/images.ts';
import { mutate, random, survives } from '../../support/mutate.ts';

const ROUNDS = 4000;
function fuzz(name: string, seeds: readonly string[], parse: (text: string) => unknown): void {
  it(name, () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const next = random(round);
      const text = mutate(seeds[round % seeds.length] ?? '', next);
      survives(text, `seed ${round}`, parse);
    }
  });
}

describe('hostile input', async () => {
  const image = buildImage([await buildLayer([{ name: 'a', content: 'a' }])], {
    config: { Labels: { a: 'b' }, User: 'x' },
  });
  const manifest = image.manifest.bytes.toString();
  const config = image.config.bytes.toString();
  const references = ['alpine', 'localhost:5000/a/b:c', `ghcr.io/x/y@sha256:${'a'.repeat(64)}`, '[::1]:80/a'];
  fuzz('manifests', [manifest, buildIndex([image]).bytes.toString()], (text) => parseManifest(Buffer.from(text)));
  fuzz('image configs', [config], (text) => {
    parseImageConfig(Buffer.from(text));
    rawConfig(Buffer.from(text));
  });
  fuzz('references', references, (text) => {
    const reference = parseReference(text, 'pull');
    assert.deepEqual(parseReference(canonical(reference)), reference);
    assert.deepEqual(parseReference(familiar(reference)), reference);
    assert.match(canonical(reference), /^[\x21-\x7e]+$/);
  });
  fuzz('platforms', ['linux/arm/v7', 'amd64'], (text) => parsePlatform(text, hostPlatform('x64')));
  fuzz('settings', ['{"registry-mirrors":["https://a.b:1"],"insecure-registries":["10.0.0.0/8","h:5"]}'], (text) =>
    parseSettingsText(text, 'f', readRegistrySettings),
  );
  fuzz('challenges', ['Bearer realm="https://a/t",service="x",scope="a:b:c,d", Basic realm=x'], (text) =>
    parseChallenges(text),
  );

  it('long repetitions take no long time', () => {
    for (const piece of ['a', 'a.', 'a-', '_', '/a', '-', ':', '@', '[', 'a__']) {
      assert.throws(() => parseReference(piece.repeat(700), 'pull'), EngineError);
    }
    for (const piece of ['a=', ',', '"', 'a="', '\\', ' ']) parseChallenges(piece.repeat(8000));
  });
});
