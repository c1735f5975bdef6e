// Mutations of good texts by a seed, and what every parser owes to whatever comes in. Knows no parser.

import assert from 'node:assert/strict';
import { EngineError } from '../../runtime-server/src/base/errors.ts';

const PIECES = [
  '',
  '\0',
  '..',
  '/',
  ':',
  '@',
  '%',
  '"',
  '\\',
  '[]',
  '{}',
  'null',
  '-1',
  '1e999',
  '__proto__',
  'sha256:',
  '\u202e',
  'é',
  ' ',
  '\n',
  '65536',
  'A',
];

/** mulberry32: the same seed gives the same numbers. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** The text with a few pieces in it replaced, or repeated. */
export function mutate(text: string, next: (below: number) => number): string {
  let result = text;
  for (let count = 1 + next(4); count > 0; count -= 1) {
    const at = next(result.length + 1);
    const until = at + next(8);
    const piece = next(3) === 0 ? String.fromCodePoint(next(0x2ff)) : (PIECES[next(PIECES.length)] ?? '');
    result = next(8) === 0 ? result.repeat(1 + next(3)) : result.slice(0, at) + piece + result.slice(until);
  }
  return result;
}

/** A parser gives a value or throws an EngineError with a short, printable text. `seed` names the input when it does not. */
export function survives(text: string, seed: string, parse: (text: string) => unknown): void {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof EngineError, `${seed}, ${JSON.stringify(text.slice(0, 200))}: ${String(error)}`);
    assert.ok(error.message.length < 600, `${seed}: a short message`);
    assert.doesNotMatch(error.message, /[\0-\x1f\x7f\u202e]/, `${seed}: printable`);
  }
}
