// A template's text as tokens (Go's text/template/parse, lex.go). Pure; knows no grammar.

export type TokenKind =
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'pipe'
  | 'open'
  | 'close'
  | 'declare'
  | 'assign'
  | 'char'
  | 'identifier'
  | 'keyword'
  | 'dot'
  | 'field'
  | 'variable'
  | 'number'
  | 'string'
  | 'raw'
  | 'rune'
  | 'bool'
  | 'error'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly pos: number;
  /** As typed; the sentence of an `error`. */
  readonly text: string;
}

const KEYWORDS = new Set('block break continue define else end if nil range template with'.split(' '));
const SPACE = /[ \t\r\n]+/y;
const RIGHT = /}}|[ \t\r\n]+-}}/y;
const COMMENT = /\/\*[\s\S]*?\*\//y;
const WORD = /[\p{L}\p{Nd}_]+/uy;
const NUMBER = /[+-]?(?:0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9_]*)?)/y;
const QUOTED = /"(?:[^"\\\n]|\\[^\n])*"/y;
const RAW = /`[^`]*`/y;
const RUNE = /'(?:[^'\\\n]|\\[^\n])*'/y;

/** All tokens; the last is `end` or `error`. */
export function lex(input: string): readonly Token[] {
  const lexer = new Lexer(input);
  lexer.run();
  return lexer.tokens;
}

class Lexer {
  readonly tokens: Token[] = [];
  private readonly input: string;
  private pos = 0;
  private depth = 0;

  constructor(input: string) {
    this.input = input;
  }

  run(): void {
    for (let found = this.text(); found !== 'end'; found = this.text()) {
      while (found === 'action' && this.action()) continue;
    }
  }

  /** Up to the next action and into it, or past a comment. */
  private text(): 'action' | 'comment' | 'end' {
    const left = this.input.indexOf('{{', this.pos);
    const plain = this.input.slice(this.pos, left < 0 ? undefined : left);
    const trims = left >= 0 && /^-[ \t\r\n]/.test(this.input.slice(left + 2, left + 4));
    const shown = trims ? withoutSpace(plain) : plain;
    if (shown !== '') this.emit('text', shown, 0);
    if (left < 0) {
      this.pos = this.input.length;
      this.emit('end', '', 0);
      return 'end';
    }
    this.pos = left + (trims ? 4 : 2);
    if (this.input.startsWith('/*', this.pos)) {
      this.comment();
      return 'comment';
    }
    this.emit('left', '{{', 0);
    this.depth = 0;
    return 'action';
  }

  private comment(): void {
    const comment = this.match(COMMENT);
    if (comment === undefined) {
      this.fail('unclosed comment');
      return;
    }
    this.pos += comment.length;
    const right = this.match(RIGHT);
    if (right === undefined) this.fail('comment ends before closing delimiter');
    else this.leave(right);
  }

  /** One token inside of an action; false when it is over. */
  private action(): boolean {
    const right = this.match(RIGHT);
    if (right !== undefined) return this.right(right);
    if (this.pos >= this.input.length) return this.fail('unclosed action');
    const space = this.match(SPACE);
    if (space !== undefined) return this.emit('space', space);
    const char = String.fromCodePoint(this.input.codePointAt(this.pos) ?? 0);
    if (/[\p{L}\p{Nd}_]/u.test(char) && !/[0-9]/.test(char)) return this.word();
    if (/[+\-0-9]/.test(char)) return this.number();
    if (char === '.' && /[0-9]/.test(this.input.charAt(this.pos + 1))) return this.number();
    return this.sign(char);
  }

  private right(text: string): boolean {
    if (this.depth > 0) return this.fail('unclosed left paren');
    this.emit('right', '}}', 0);
    this.leave(text);
    return false;
  }

  /** Behind the closing delimiter, and behind the white space that it takes away. */
  private leave(delimiter: string): void {
    this.pos += delimiter.length;
    if (delimiter !== '}}') this.pos += this.match(SPACE)?.length ?? 0;
  }

  private sign(char: string): boolean {
    switch (char) {
      case '|':
        return this.emit('pipe', char);
      case '=':
        return this.emit('assign', char);
      case ':':
        return this.input.startsWith(':=', this.pos) ? this.emit('declare', ':=') : this.fail('expected :=');
      case '"':
        return this.literal('string', QUOTED, 'unterminated quoted string');
      case '`':
        return this.literal('raw', RAW, 'unterminated raw quoted string');
      case "'":
        return this.literal('rune', RUNE, 'unterminated character constant');
      case '.':
        return this.name('field', 'dot');
      case '$':
        return this.name('variable', 'variable');
      case '(':
        this.depth++;
        return this.emit('open', char);
      case ')':
        if (--this.depth < 0) return this.fail('unexpected right paren');
        return this.emit('close', char);
      default:
        return /^[\x20-\x7e]$/.test(char)
          ? this.emit('char', char)
          : this.fail(`unrecognized character in action: ${unicode(char)}`);
    }
  }

  private literal(kind: TokenKind, pattern: RegExp, sentence: string): boolean {
    const text = this.match(pattern);
    return text === undefined ? this.fail(sentence) : this.emit(kind, text);
  }

  /** `.Name` or `$name`, or the sign alone. */
  private name(kind: TokenKind, alone: TokenKind): boolean {
    const sign = this.input.charAt(this.pos);
    const word = this.match(WORD, 1) ?? '';
    return this.atEnd(1 + word.length) && this.emit(word === '' ? alone : kind, sign + word);
  }

  private word(): boolean {
    const word = this.match(WORD) ?? '';
    if (!this.atEnd(word.length)) return false;
    if (KEYWORDS.has(word)) return this.emit('keyword', word);
    return this.emit(word === 'true' || word === 'false' ? 'bool' : 'identifier', word);
  }

  private number(): boolean {
    const text = this.match(NUMBER) ?? '';
    const tail = this.match(WORD, text.length) ?? '';
    const whole = text + tail;
    if (tail !== '' || Number.isNaN(numberOf(text))) return this.fail(`bad number syntax: ${JSON.stringify(whole)}`);
    return this.emit('number', text);
  }

  /** Whether a word may end so many characters from here. */
  private atEnd(length: number): boolean {
    const char = this.input.slice(this.pos + length, this.pos + length + 2);
    if (char === '' || char === '}}' || /^[ \t\r\n.,|:()]/.test(char)) return true;
    return this.fail(`bad character ${unicode(String.fromCodePoint(char.codePointAt(0) ?? 0))}`);
  }

  private match(pattern: RegExp, ahead = 0): string | undefined {
    pattern.lastIndex = this.pos + ahead;
    return pattern.exec(this.input)?.[0];
  }

  private emit(kind: TokenKind, text: string, length = text.length): true {
    this.tokens.push({ kind, pos: this.pos, text });
    this.pos += length;
    return true;
  }

  private fail(sentence: string): false {
    this.tokens.push({ kind: 'error', pos: this.pos, text: sentence });
    this.pos = this.input.length;
    return false;
  }
}

/** Without the white space at its end. */
function withoutSpace(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t\r\n'.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** A number as Go writes it; NaN for what is none. */
export function numberOf(text: string): number {
  const [, sign = '', digits = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const plain = digits.replaceAll('_', '');
  if (plain === '' || plain === '.') return Number.NaN;
  const octal = /^0[0-7]+$/.test(plain) ? `0o${plain.slice(1)}` : plain;
  return sign === '-' ? -Number(octal) : Number(octal);
}

/** Go's `%#U`. */
const unicode = (char: string): string =>
  `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')} '${char}'`;
