// WWW-Authenticate (RFC 9110 §11.6.1; distribution-spec's token authentication). Pure.

/** `scheme` in lower case, parameter names too. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const MAX_LENGTH = 16 << 10;

/** The challenges of a header's value, in order. What can't be read is left out, never thrown. */
export function parseChallenges(header: string): readonly Challenge[] {
  if (header.length > MAX_LENGTH) return [];
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const token of tokens(header)) {
    if (token.name === undefined) {
      challenges.push({ scheme: token.text.toLowerCase(), parameters: new Map() });
    } else {
      challenges.at(-1)?.parameters.set(token.name.toLowerCase(), token.text);
    }
  }
  return challenges;
}

interface Token {
  /** Absent for a scheme. */
  readonly name?: string;
  readonly text: string;
}

// Either `name = "quoted"`, `name = token`, or a lone word: a scheme. Sticky, so it never scans ahead.
const PARAMETER = /[\s,]*([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y;
const SCHEME = /[\s,]*([!#$%&'*+.^_`|~\w-]+)(?:\s+|,|$)/y;

function* tokens(header: string): Generator<Token> {
  let position = 0;
  while (position < header.length) {
    PARAMETER.lastIndex = SCHEME.lastIndex = position;
    const parameter = PARAMETER.exec(header);
    const scheme = parameter === null ? SCHEME.exec(header) : null;
    if (parameter?.[1] !== undefined) {
      yield { name: parameter[1], text: parameter[2]?.replaceAll(/\\(.)/g, '$1') ?? parameter[3] ?? '' };
      position = PARAMETER.lastIndex;
    } else if (scheme?.[1] !== undefined) {
      yield { text: scheme[1] };
      position = SCHEME.lastIndex;
    } else {
      return;
    }
  }
}
