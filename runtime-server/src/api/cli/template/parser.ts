// Tokens to a tree (Go's text/template/parse, parse.go), without templates of a name. Pure.

import { place, TemplateError } from './error.ts';
import { lex, numberOf, type Token, type TokenKind } from './lexer.ts';
import { quoteText, unquote } from './literals.ts';
import {
  textOf,
  type Command,
  type Literal,
  type Node,
  type Operand,
  type Pipe,
  type Variable,
  type Field,
} from './nodes.ts';

/** How deep parentheses and branches may lie in each other. */
const DEPTH_MAX = 200;

/** The tree of a template. `name` begins errors. Throws TemplateError `parse`. */
export function parse(text: string, name: string, isFunction: (name: string) => boolean): readonly Node[] {
  return new Parser(text, name, isFunction).template();
}

/** Where a list of nodes has ended. */
type Ending = 'end' | 'else';

class Parser {
  private readonly text: string;
  private readonly name: string;
  private readonly isFunction: (name: string) => boolean;
  private readonly tokens: readonly Token[];
  private index = 0;
  private variables = ['$'];
  private ranges = 0;
  private depth = 0;

  constructor(text: string, name: string, isFunction: (name: string) => boolean) {
    this.text = text;
    this.name = name;
    this.isFunction = isFunction;
    this.tokens = lex(text);
  }

  template(): readonly Node[] {
    const nodes: Node[] = [];
    for (let token = this.next(); token.kind !== 'end'; token = this.next()) {
      const node = this.node(token);
      if (node === 'end' || node === 'else') throw this.error(`unexpected {{${node}}}`, token);
      nodes.push(node);
    }
    return nodes;
  }

  private node(token: Token): Node | Ending {
    if (token.kind === 'text') return { kind: 'text', text: token.text };
    if (token.kind !== 'left') throw this.unexpected(token, 'input');
    return this.action();
  }

  private action(): Node | Ending {
    const token = this.nextNonSpace();
    if (token.kind !== 'keyword') {
      this.index--;
      return { kind: 'action', pipe: this.pipe('command', 'right') };
    }
    switch (token.text) {
      case 'end':
        this.closed('end');
        return 'end';
      case 'else':
        return 'else';
      case 'if':
      case 'with':
      case 'range':
        return this.deeper(token, () => this.branch(token.text as 'if' | 'with' | 'range'));
      case 'break':
      case 'continue':
        if (this.ranges === 0) throw this.error(`{{${token.text}}} outside {{range}}`, token);
        this.closed(`{{${token.text}}}`);
        return { kind: token.text };
      default:
        this.index--;
        return { kind: 'action', pipe: this.pipe('command', 'right') };
    }
  }

  private branch(kind: 'if' | 'with' | 'range'): Node {
    const known = this.variables.length;
    const pipe = this.pipe(kind, 'right');
    if (kind === 'range') this.ranges++;
    const { nodes: body, ending } = this.list();
    if (kind === 'range') this.ranges--;
    const otherwise = ending === 'else' ? this.otherwise(kind) : [];
    this.variables.length = known;
    return { kind, pipe, body, otherwise };
  }

  /** `{{else}}` up to its end; `{{else if …}}` has the end of the `if` that it belongs to. */
  private otherwise(kind: 'if' | 'with' | 'range'): readonly Node[] {
    const token = this.nextNonSpace();
    if (kind !== 'range' && token.kind === 'keyword' && token.text === kind)
      return [this.deeper(token, () => this.branch(kind))];
    this.index--;
    this.closed('else');
    const { nodes, ending, last } = this.list();
    if (ending !== 'end') throw this.error(`expected end; found {{${ending}}}`, last);
    return nodes;
  }

  private list(): { readonly nodes: readonly Node[]; readonly ending: Ending; readonly last: Token } {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.next();
      if (token.kind === 'end') throw this.error('unexpected EOF', token);
      const node = this.node(token);
      if (node === 'end' || node === 'else') return { nodes, ending: node, last: token };
      nodes.push(node);
    }
  }

  private closed(context: string): void {
    const token = this.nextNonSpace();
    if (token.kind !== 'right') throw this.unexpected(token, context);
  }

  private pipe(context: string, end: TokenKind): Pipe {
    const { pos } = this.peekNonSpace();
    const declaration = this.declaration(context);
    const commands: Command[] = [];
    for (;;) {
      const token = this.nextNonSpace();
      if (token.kind === end) break;
      if (!isOperand(token)) throw this.unexpected(token, context);
      this.index--;
      commands.push(this.command());
    }
    if (commands.length === 0) throw this.error(`missing value for ${context}`, this.last());
    const dead = commands.slice(1).findIndex(({ operands: [first] }) => !isCallable(first));
    if (dead >= 0) throw this.error(`non executable command in pipeline stage ${dead + 2}`, this.last());
    if (declaration.declares) this.variables.push(...declaration.variables);
    return { kind: 'pipe', pos, ...declaration, commands };
  }

  /** `$x :=`, `$x =`, and `$i, $x :=` of a range; the variables are known behind it. */
  private declaration(context: string): Pick<Pipe, 'variables' | 'declares'> {
    const start = this.index;
    const variables: string[] = [];
    for (let token = this.nextNonSpace(); token.kind === 'variable'; token = this.nextNonSpace()) {
      variables.push(token.text);
      const after = this.nextNonSpace();
      if (after.kind === 'declare' || after.kind === 'assign') {
        const declares = after.kind === 'declare';
        if (!declares) variables.forEach((name) => this.variable(name, token));
        return { variables, declares };
      }
      const comma = after.kind === 'char' && after.text === ',';
      if (!comma) break;
      if (context !== 'range' || variables.length > 1) throw this.error(`too many declarations in ${context}`, after);
    }
    this.index = start;
    return { variables: [], declares: false };
  }

  private command(): Command {
    const { pos } = this.peekNonSpace();
    const operands: Operand[] = [];
    for (;;) {
      this.peekNonSpace();
      const operand = this.operand();
      if (operand !== undefined) operands.push(operand);
      const token = this.next();
      if (token.kind === 'space') continue;
      if (token.kind === 'right' || token.kind === 'close') this.index--;
      else if (token.kind !== 'pipe') throw this.unexpected(token, 'operand');
      break;
    }
    if (operands.length === 0) throw this.error('empty command', this.last());
    return { kind: 'command', pos, operands };
  }

  /** A term and the fields behind it. */
  private operand(): Operand | undefined {
    const base = this.term();
    const { kind, pos } = this.peek();
    if (base === undefined || kind !== 'field') return base;
    const names: string[] = [];
    for (; this.peek().kind === 'field';) names.push(this.next().text.slice(1));
    switch (base.kind) {
      case 'field':
      case 'variable':
        return { ...base, pos, names: [...base.names, ...names] };
      case 'literal':
      case 'dot':
      case 'nil':
        throw this.error(`unexpected . after term ${quoteText(textOf(base))}`, this.last());
      default:
        return { kind: 'chain', pos, base, names };
    }
  }

  private term(): Operand | undefined {
    const token = this.nextNonSpace();
    const { pos, text } = token;
    switch (token.kind) {
      case 'identifier':
        if (!this.isFunction(text)) throw this.error(`function ${quoteText(text)} not defined`, token);
        return { kind: 'function', pos, name: text };
      case 'dot':
        return { kind: 'dot', pos };
      case 'keyword':
        if (text === 'nil') return { kind: 'nil', pos };
        break;
      case 'variable':
        return this.variable(text, token);
      case 'field':
        return { kind: 'field', pos, names: [text.slice(1)] } satisfies Field;
      case 'bool':
        return { kind: 'literal', pos, text, value: text === 'true' };
      case 'number':
        return { kind: 'literal', pos, text, value: numberOf(text) };
      case 'rune':
      case 'string':
      case 'raw':
        return this.literal(token);
      case 'open':
        return this.deeper(token, () => this.pipe('parenthesized pipeline', 'close'));
      default:
    }
    this.index--;
    return undefined;
  }

  private literal(token: Token): Literal {
    const { pos, text } = token;
    if (token.kind === 'raw') return { kind: 'literal', pos, text, value: text.slice(1, -1) };
    const value = unquote(text);
    if (token.kind === 'string') {
      if (value === undefined) throw this.error('invalid syntax', token);
      return { kind: 'literal', pos, text, value };
    }
    const [rune, ...more] = value ?? '';
    if (rune === undefined || more.length > 0) throw this.error(`malformed character constant: ${text}`, token);
    return { kind: 'literal', pos, text, value: rune.codePointAt(0) ?? 0 };
  }

  private variable(name: string, token: Token): Variable {
    if (!this.variables.includes(name)) throw this.error(`undefined variable ${quoteText(name)}`, token);
    return { kind: 'variable', pos: token.pos, name, names: [] };
  }

  private deeper<T>(token: Token, parse: () => T): T {
    if (++this.depth > DEPTH_MAX) throw this.error('max expression depth exceeded', token);
    const parsed = parse();
    this.depth--;
    return parsed;
  }

  /** The last token is there for good. */
  private next(): Token {
    const token = this.peek();
    this.index++;
    return token;
  }

  private peek(): Token {
    return this.tokens[Math.min(this.index, this.tokens.length - 1)] ?? { kind: 'end', pos: 0, text: '' };
  }

  private nextNonSpace(): Token {
    this.peekNonSpace();
    return this.next();
  }

  private peekNonSpace(): Token {
    while (this.peek().kind === 'space') this.index++;
    return this.peek();
  }

  private last(): Token {
    return this.tokens[Math.max(0, Math.min(this.index, this.tokens.length) - 1)] ?? this.peek();
  }

  private unexpected(token: Token, context: string): TemplateError {
    if (token.kind === 'error') return this.error(token.text, token);
    return this.error(`unexpected ${tokenText(token)} in ${context}`, token);
  }

  private error(sentence: string, { pos }: Token): TemplateError {
    return new TemplateError('parse', `template: ${this.name}:${place(this.text, pos, false)}: ${sentence}`);
  }
}

function tokenText({ kind, text }: Token): string {
  if (kind === 'end') return 'EOF';
  if (kind === 'keyword') return `<${text}>`;
  return text.length > 10 ? `${quoteText(text.slice(0, 10))}...` : quoteText(text);
}

const OPERANDS: readonly TokenKind[] = [
  ...(['bool', 'rune', 'dot', 'field', 'identifier', 'number', 'raw', 'string', 'variable', 'open'] as const),
];
const isOperand = ({ kind, text }: Token): boolean => OPERANDS.includes(kind) || (kind === 'keyword' && text === 'nil');

/** Whether it can take the value of the command before it. */
const isCallable = (operand: Operand | undefined): boolean =>
  operand === undefined || !['literal', 'dot', 'nil'].includes(operand.kind);
