// A minute for each parser of what registries and people say, on mutations of the texts in corpus/: real ones, and some that were
// made to be read wrongly. The same seeds each time, so that a
// change is judged by itself; a failure names its own. `FUZZ_SEED=N` begins at others, `FUZZ_SECONDS=N` goes on for longer.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { parseManifest } from '../../runtime-server/src/oci/manifest.ts';
import { canonical, familiar, parseReference, type Reference } from '../../runtime-server/src/oci/reference.ts';
import { parseChallenges } from '../../runtime-server/src/registry/challenge.ts';
import { mutate, random, survives } from '../support/mutate.ts';

const CORPUS = join(import.meta.dirname, 'corpus');
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 60);
const FIRST = Number(process.env['FUZZ_SEED'] ?? 1);
const ROUNDS = 500; // between two looks at the clock

const files = (name: string): readonly string[] =>
  readdirSync(join(CORPUS, name)).map((file) => readFileSync(join(CORPUS, name, file), 'utf8'));
const lines = (name: string): readonly string[] =>
  readFileSync(join(CORPUS, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

function fuzz(name: string, corpus: readonly string[], parse: (text: string) => unknown): void {
  it(name, { timeout: (SECONDS + 120) * 1000 }, (context) => {
    for (const text of corpus) survives(text, `corpus of ${name}`, parse);
    const end = performance.now() + SECONDS * 1000;
    let seed = FIRST;
    while (performance.now() < end) {
      for (let round = 0; round < ROUNDS; round += 1, seed += 1) {
        const next = random(seed);
        survives(mutate(corpus[next(corpus.length)] ?? '', next), `FUZZ_SEED=${seed}`, parse);
      }
    }
    context.diagnostic(`${name}: seeds ${FIRST} to ${seed - 1}`);
  });
}

// A form of ours that is refused is as wrong as one that names another image, so the refusal may not pass for the input's.
function sameReference(form: string, reference: Reference): boolean {
  try {
    return isDeepStrictEqual(parseReference(form), reference);
  } catch {
    return false;
  }
}

describe('fuzzed parsers', () => {
  fuzz('manifests and indexes', files('manifest'), (text) => parseManifest(Buffer.from(text)));
  fuzz('references', lines('references'), (text) => {
    const reference = parseReference(text, 'pull');
    for (const form of [canonical(reference), familiar(reference)]) {
      assert.ok(sameReference(form, reference), `${form} names something else`);
    }
    assert.match(canonical(reference), /^[\x21-\x7e]+$/);
  });
  fuzz('challenges', lines('challenges'), (text) => parseChallenges(text));
});
