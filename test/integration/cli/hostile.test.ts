// The corpus of hostile layers, documents and registries against the real server, as root and as an ordinary user: each is
// refused in one sentence or neutralised, nothing of it reaches outside of its layer, and nothing is left.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startHostileRegistry } from '../../support/hostile-registry.ts';
import { REPOSITORY, type HostileCase, type Outcome } from '../../support/hostile/case.ts';
import { LAYERS, VICTIM } from '../../support/hostile/layers.ts';
import { DOCUMENTS } from '../../support/hostile/manifests.ts';
import { REGISTRIES } from '../../support/hostile/registries.ts';
import type { Result, World } from '../../support/world.ts';
import { assertResult, forEachPerson } from './people.ts';

const CORPUS: readonly HostileCase[] = [...LAYERS, ...DOCUMENTS, ...REGISTRIES];
const KEPT = 'as it was';

/** Everything that the store has. */
const stored = ({ dataDirectory }: World): readonly string[] =>
  ['tmp', 'blobs/sha256', 'layers', 'refs'].flatMap((place) =>
    readdirSync(join(dataDirectory, place))
      .filter((name) => !name.endsWith('.done')) // of the sync in the background
      .map((name) => join(place, name)),
  );

async function pull(world: World, one: HostileCase): Promise<void> {
  await using registry = await startHostileRegistry();
  const diffId = await one.serve(registry);
  const reference = `${registry.host}/${REPOSITORY}:1`;
  const outcome: Outcome = (world.kind === 'ordinary' ? one.ordinary : undefined) ?? one.outcome;
  const got = await world.slipway(['pull', '-q', reference]);
  try {
    if (outcome instanceof RegExp) isRefusal(got, outcome, reference);
    else {
      assertResult(got, { status: 0, stderr: '' });
      outcome({ fs: join(world.dataDirectory, 'layers', diffId?.slice(7) ?? '', 'fs'), registry });
    }
  } finally {
    if (got.status === 0) assertResult(await world.slipway(['rmi', reference]), { status: 0 });
  }
}

function isRefusal(got: Result, words: RegExp, reference: string): void {
  assert.match(got.stderr, words);
  assertResult(got, { status: 1, stdout: '' });
  assert.ok(got.stderr.startsWith(`slipway: pull ${reference}: `), got.stderr);
  assert.match(got.stderr, /^[^\0-\x09\x0b-\x1f\x7f]*$/, 'nothing that a terminal obeys');
}

describe('the hostile corpus', () => {
  it('has at least 80 cases, each with a name of its own', () => {
    const names = CORPUS.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
    assert.ok(names.length >= 80, `${names.length}`);
  });
});

forEachPerson('hostile images', (world) => {
  let first: readonly string[];
  let server: number;
  before(async () => {
    mkdirSync(VICTIM, { recursive: true });
    writeFileSync(join(VICTIM, 'kept'), KEPT);
    assertResult(await world().slipway(['images', '-q']), { status: 0 });
    first = stored(world());
    server = world().serverPid();
  });
  after(() => {
    rmSync(VICTIM, { recursive: true });
  });
  for (const one of CORPUS) {
    it(one.name, async () => {
      await pull(world(), one);
      assert.deepEqual(stored(world()), first, 'nothing is left');
      assert.deepEqual(readdirSync(VICTIM), ['kept']);
      assert.equal(readFileSync(join(VICTIM, 'kept'), 'utf8'), KEPT);
    });
  }

  it(
    'the server is the same one as before all of them, and has nothing left to remove',
    { timeout: 120_000 },
    async () => {
      assert.equal(world().serverPid(), server);
      assertResult(await world().slipway(['system', 'check']), { status: 0 });
      while (readdirSync(join(world().dataDirectory, 'trash')).length > 0)
        await new Promise((resolve) => setImmediate(resolve));
    },
  );
});
