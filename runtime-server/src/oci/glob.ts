// Patterns of names (Go's path.Match): `*`, `?`, `[a-z]`, `\x`; none of them fits a slash. Pure; its time grows with text
// times pattern, whatever they are.

import { invalidArgument } from '../base/errors.ts';

/** A character, a choice, or any number of any characters but slashes. */
type Piece = '*' | ((char: string) => boolean);

/** The test that the pattern stands for. Throws InvalidArgument for one that is no pattern. */
export function globber(pattern: string): (text: string) => boolean {
  const pieces = piecesOf(pattern);
  return (text) => fits(pieces, Array.from(text));
}

function fits(pieces: readonly Piece[], text: readonly string[]): boolean {
  let piece = 0;
  let at = 0;
  let star: { readonly piece: number; at: number } | undefined;
  while (at < text.length) {
    const test = pieces[piece];
    const char = text[at] ?? '';
    if (test === '*') {
      star = { piece, at };
      piece++;
    } else if (test?.(char) === true) {
      piece++;
      at++;
    } else if (star !== undefined && text[star.at] !== '/') {
      // The last star takes one more.
      star.at++;
      at = star.at;
      piece = star.piece + 1;
    } else return false;
  }
  return pieces.slice(piece).every((left) => left === '*');
}

function piecesOf(pattern: string): readonly Piece[] {
  const bad = (): never => {
    throw invalidArgument(`match ${JSON.stringify(pattern)}: syntax error in pattern`);
  };
  const pieces: Piece[] = [];
  const rest = Array.from(pattern);
  for (let char = rest.shift(); char !== undefined; char = rest.shift()) {
    if (char === '*') pieces.push('*');
    else if (char === '?') pieces.push((each) => each !== '/');
    else if (char === '[') pieces.push(choice(rest, bad));
    else {
      const wanted = char === '\\' ? (rest.shift() ?? bad()) : char;
      pieces.push((each) => each === wanted);
    }
  }
  return pieces;
}

/** What stands in brackets; takes it and the closing one from `rest`. */
function choice(rest: string[], bad: () => never): Piece {
  const negated = rest[0] === '^';
  if (negated) rest.shift();
  const ranges: (readonly [string, string])[] = [];
  const one = (): string => {
    const char = rest.shift();
    if (char === undefined || char === '-' || (char === ']' && ranges.length === 0)) return bad();
    return char === '\\' ? (rest.shift() ?? bad()) : char;
  };
  while (rest[0] !== ']' || ranges.length === 0) {
    const low = one();
    const isRange = rest[0] === '-';
    if (isRange) rest.shift();
    ranges.push([low, isRange ? one() : low]);
  }
  rest.shift();
  const code = (char: string): number => char.codePointAt(0) ?? 0;
  return (char) =>
    char !== '/' && ranges.some(([low, high]) => code(char) >= code(low) && code(char) <= code(high)) !== negated;
}
