// Random templates on random data: a text or the one error, always soon.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TemplateError } from '../../../../../runtime-server/src/api/cli/template/error.ts';
import { FUNCTIONS } from '../../../../../runtime-server/src/api/cli/template/functions.ts';
import { Template } from '../../../../../runtime-server/src/api/cli/template/template.ts';
import { Fields, Nil, openMap, type Value } from '../../../../../runtime-server/src/api/cli/template/values.ts';

const ROUNDS = Number(process.env['SLIPWAY_FUZZ_ROUNDS'] ?? 30_000);

/** Numbers in [0, 1) from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS = [
  ...['{{', '}}', '{{- ', ' -}}', '{{/*', '*/}}', '(', ')', '|', ':=', '=', ',', '.', '$', '$x', '$y', ' ', '\n', '\t'],
  ...['if ', 'else ', 'end', 'range ', 'with ', 'break', 'continue', 'nil', 'template', 'true', 'false', '{{end}}'],
  ...[
    '{{else}}',
    '{{range .L}}',
    '{{if .A}}',
    '{{with .M}}',
    '.A',
    '.L',
    '.M',
    '.M.a',
    '.N',
    '.constructor',
    '.__proto__',
  ],
  ...[
    '"a"',
    '`b`',
    "'c'",
    '"%d %s %v"',
    '"%*.*f"',
    '0',
    '1',
    '-1',
    '1.5',
    '0x',
    '1e99',
    '9'.repeat(20),
    '\\',
    '"',
    '`',
    "'",
  ],
  ...['\u0000', '\u{1f600}', '\ud800', 'é', '{', '}', '%', '_'],
  ...[...FUNCTIONS.keys()].map((name) => `${name} `),
];

const DATA: readonly Value[] = [
  { A: 'text', L: [1, 'two', [3]], M: openMap({ a: 'b', __proto__: 'x' }), N: new Nil('list') },
  new Fields('row', { A: () => 'a', L: () => ['x'], M: (key) => key, N: () => undefined }),
  undefined,
  'text',
  [1, 2],
  7,
];

describe('random templates', () => {
  it(`give a text or a TemplateError (${ROUNDS} of them)`, () => {
    let texts = 0;
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const random = randomFrom(seed);
      const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
      const inner = (): string =>
        Array.from({ length: Math.floor(random() * 6) }, () => pick(WORDS)).join(random() < 0.5 ? ' ' : '');
      const text = Array.from({ length: 1 + Math.floor(random() * 5) }, () =>
        random() < 0.7 ? `{{${inner()}}}` : inner(),
      ).join('');
      try {
        assert.equal(typeof new Template(text).execute(pick(DATA)), 'string');
        texts++;
      } catch (error) {
        if (!(error instanceof TemplateError))
          throw new Error(`seed ${seed}: ${JSON.stringify(text)}`, { cause: error });
      }
    }
    assert.ok(texts > ROUNDS / 100, `only ${texts} were templates`);
  });
});
