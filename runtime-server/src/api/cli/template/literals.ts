// Go's string and rune literals: what they stand for. Pure.

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};
const ESCAPE = /\\(?:([abfnrtv\\'"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|[\s\S]?)/g;

/** The text of a quoted literal with its quotes; undefined for an escape that there is not. */
export function unquote(literal: string): string | undefined {
  const inner = literal.slice(1, -1);
  if ([...inner.matchAll(ESCAPE)].some((found) => escaped(found) === undefined)) return undefined;
  return inner.replaceAll(ESCAPE, (...found: (string | undefined)[]) => escaped(found) ?? '');
}

function escaped([, simple, byte, short, long, octal]: readonly (string | undefined)[]): string | undefined {
  if (simple !== undefined) return SIMPLE[simple];
  const code = octal === undefined ? Number.parseInt(byte ?? short ?? long ?? '', 16) : Number.parseInt(octal, 8);
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

/** Go's `%q`. */
export function quoteText(text: string): string {
  const inner = text.replaceAll(/[\p{Cc}"\\\u00a0\u2028\u2029\ufeff]/gu, (char) => {
    const simple = Object.entries(SIMPLE).find(([letter, one]) => one === char && letter !== "'");
    if (simple !== undefined) return `\\${simple[0]}`;
    const code = char.charCodeAt(0);
    return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `"${inner}"`;
}
