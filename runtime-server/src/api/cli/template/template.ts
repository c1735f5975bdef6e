// A template of Go's text/template as docker's `--format` takes it: parsed once, executed for each row. Pure. It always
// ends: steps and texts are bounded. Data is only read, and only its own members.

import { place, CallError, TemplateError } from './error.ts';
import { FUNCTIONS, type TemplateFunction } from './functions.ts';
import { textOf, type BranchNode, type Command, type Node, type Operand, type Pipe } from './nodes.ts';
import { parse } from './parser.ts';
import { shown, TEXT_MAX } from './print.ts';
import {
  Fields,
  isList,
  isMap,
  isNothing,
  isOpenMap,
  isTrue,
  Nil,
  sortedKeys,
  typeName,
  type Value,
} from './values.ts';

export interface ExecuteOptions {
  /** In place of {@link FUNCTIONS}; of the same names. */
  readonly functions?: ReadonlyMap<string, TemplateFunction>;
  /** What each value becomes on its way out. */
  readonly clean?: (text: string) => string;
}

/** Longest template. */
const TEMPLATE_MAX = 64 * 1024;
/** Most steps of one execution. */
const STEPS_MAX = 1_000_000;

export class Template {
  private readonly text: string;
  private readonly name: string;
  private readonly nodes: readonly Node[];

  /** `name` is part of the errors' texts; docker's is mostly empty. Throws TemplateError `parse`. */
  constructor(text: string, name = '') {
    this.text = text;
    this.name = name;
    if (text.length > TEMPLATE_MAX)
      throw new TemplateError('parse', `template: ${name}:1: longer than ${TEMPLATE_MAX} characters`);
    this.nodes = parse(text, name, (word) => FUNCTIONS.has(word));
  }

  /** The text for these data. Throws TemplateError `execute`. */
  execute(data: Value, options: ExecuteOptions = {}): string {
    const execution = new Execution(data, options);
    try {
      execution.all(this.nodes, data);
      return execution.output();
    } catch (error) {
      if (error instanceof Failure) throw this.error(error);
      // The longest text that there can be is JavaScript's own limit.
      if (error instanceof RangeError) throw this.error(new Failure('the output is too large'));
      throw error;
    }
  }

  private error({ message, at }: Failure): TemplateError {
    const where =
      at === undefined
        ? '1'
        : `${place(this.text, at.pos, true)}: executing ${JSON.stringify(this.name)} at <${textOf(at)}>`;
    return new TemplateError('execute', `template: ${this.name}:${where}: ${message}`);
  }
}

type Part = Operand | Command;

/** A sentence and where it is true. */
class Failure extends Error {
  readonly at: Part | undefined;

  constructor(message: string, at?: Part) {
    super(message);
    this.at = at;
  }
}

/** No argument came through a pipe. */
const NONE = Symbol('none');
type Final = Value | typeof NONE;

class Execution {
  private readonly functions: ReadonlyMap<string, TemplateFunction>;
  private readonly clean: (text: string) => string;
  private readonly parts: string[] = [];
  private length = 0;
  private steps = 0;
  private readonly variables: { name: string; value: Value }[];

  constructor(data: Value, { functions = FUNCTIONS, clean = (text) => text }: ExecuteOptions) {
    this.functions = functions;
    this.clean = clean;
    this.variables = [{ name: '$', value: data }];
  }

  output(): string {
    return this.parts.join('');
  }

  /** Goes through the nodes; tells whether a `break` or `continue` was met. */
  all(nodes: readonly Node[], dot: Value): 'break' | 'continue' | undefined {
    for (const node of nodes) {
      this.step();
      const jump = this.node(node, dot);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  private node(node: Node, dot: Value): 'break' | 'continue' | undefined {
    switch (node.kind) {
      case 'break':
      case 'continue':
        return node.kind;
      case 'text':
        this.write(node.text);
        return undefined;
      case 'action':
        this.action(node.pipe, dot);
        return undefined;
      default:
        return this.branch(node, dot);
    }
  }

  private action(pipe: Pipe, dot: Value): void {
    const value = this.pipe(pipe, dot);
    if (pipe.variables.length === 0) this.write(this.clean(shown(value)));
  }

  private branch(node: BranchNode, dot: Value): 'break' | 'continue' | undefined {
    const known = this.variables.length;
    try {
      if (node.kind === 'range') return this.range(node, dot);
      const value = this.pipe(node.pipe, dot);
      const inside = node.kind === 'with' ? value : dot;
      return isTrue(value) ? this.all(node.body, inside) : this.all(node.otherwise, dot);
    } finally {
      this.variables.length = known;
    }
  }

  private range({ pipe, body, otherwise }: BranchNode, dot: Value): 'break' | 'continue' | undefined {
    const value = this.pipe({ ...pipe, variables: [] }, dot);
    const entries = this.entries(value, pipe);
    const known = this.variables.length;
    let count = 0;
    for (const [key, item] of entries) {
      this.step();
      count++;
      const values = pipe.variables.length === 1 ? [item] : [key, item];
      pipe.variables.forEach((name, index) => {
        this.set(name, values[index], pipe.declares);
      });
      const jump = this.all(body, item);
      this.variables.length = known;
      if (jump === 'break') break;
    }
    return count === 0 ? this.all(otherwise, dot) : undefined;
  }

  private *entries(value: Value, pipe: Pipe): Generator<readonly [Value, Value]> {
    if (isNothing(value) || value instanceof Nil) return;
    if (typeof value === 'number' && Number.isInteger(value)) {
      for (let index = 0; index < value; index++) yield [index, index];
    } else if (isList(value)) {
      for (const [index, item] of value.entries()) yield [index, item];
    } else if (isMap(value)) {
      for (const key of sortedKeys(value)) yield [key, value[key]];
    } else throw new Failure(`range can't iterate over ${shown(value)}`, pipe);
  }

  private pipe(pipe: Pipe, dot: Value): Value {
    let value: Final = NONE;
    for (const command of pipe.commands) value = this.command(command, dot, value);
    const result = value === NONE ? undefined : value;
    for (const name of pipe.variables) this.set(name, result, pipe.declares);
    return result;
  }

  private command(command: Command, dot: Value, final: Final): Value {
    const [first, ...args] = command.operands;
    if (first === undefined) return undefined;
    switch (first.kind) {
      case 'function':
        return this.call(command, first.name, first, args, dot, final);
      case 'field':
        return this.fields(dot, first.names, first, { args, dot, final });
      case 'variable':
        return this.fields(this.variable(first.name), first.names, first, { args, dot, final });
      case 'chain':
        return this.fields(this.operand(first.base, dot), first.names, first, { args, dot, final });
      case 'pipe':
        this.alone(first, args, final);
        return this.pipe(first, dot);
      case 'nil':
        throw new Failure('nil is not a command', first);
      default:
        this.alone(first, args, final);
        return this.operand(first, dot);
    }
  }

  private alone(operand: Operand, args: readonly Operand[], final: Final): void {
    if (args.length > 0 || final !== NONE)
      throw new Failure(`can't give argument to non-function ${textOf(operand)}`, operand);
  }

  /** The value of an operand that is an argument. */
  private operand(operand: Operand, dot: Value): Value {
    this.step();
    const bare = { args: [], dot, final: NONE } as const;
    switch (operand.kind) {
      case 'literal':
        return operand.value;
      case 'dot':
        return dot;
      case 'nil':
        return undefined;
      case 'field':
        return this.fields(dot, operand.names, operand, bare);
      case 'variable':
        return this.fields(this.variable(operand.name), operand.names, operand, bare);
      case 'chain':
        return this.fields(this.operand(operand.base, dot), operand.names, operand, bare);
      case 'pipe':
        return this.pipe(operand, dot);
      case 'function':
        return this.call(operand, operand.name, operand, [], dot, NONE);
    }
  }

  private fields(
    start: Value,
    names: readonly string[],
    at: Operand,
    { args, dot, final }: { readonly args: readonly Operand[]; readonly dot: Value; readonly final: Final },
  ): Value {
    const given = [...args.map((arg) => this.operand(arg, dot)), ...(final === NONE ? [] : [final])];
    if (names.length === 0 && given.length > 0) this.alone(at, args, final);
    return names.reduce((value: Value, name, index) => {
      const last = index === names.length - 1;
      return this.field(value, name, at, last ? given : []);
    }, start);
  }

  private field(value: Value, name: string, at: Operand, args: readonly Value[]): Value {
    this.step();
    if (value instanceof Fields) {
      const method = value.method(name);
      if (method === undefined) throw new Failure(`can't evaluate field ${name} in type ${value.type}`, at);
      if (method.length !== args.length)
        throw new Failure(`wrong number of args for ${name}: want ${method.length} got ${args.length}`, at);
      return method(...args);
    }
    if (args.length > 0) throw new Failure(`${name} has arguments but cannot be invoked as function`, at);
    if (isMap(value)) {
      if (Object.hasOwn(value, name)) return value[name];
      if (isOpenMap(value)) return undefined;
      throw new Failure(`map has no entry for key ${JSON.stringify(name)}`, at);
    }
    if (value instanceof Nil && value.kind === 'map') return undefined;
    if (isNothing(value)) throw new Failure(`nil data; no entry for key ${JSON.stringify(name)}`, at);
    if (value instanceof Nil && value.kind === 'pointer')
      throw new Failure(`nil pointer evaluating interface {}.${name}`, at);
    throw new Failure(`can't evaluate field ${name} in type ${typeName(value)}`, at);
  }

  private call(whole: Part, name: string, at: Operand, args: readonly Operand[], dot: Value, final: Final): Value {
    const found = this.functions.get(name);
    if (found === undefined) throw new Failure(`function ${JSON.stringify(name)} not defined`, at);
    const { takes, call } = found;
    const count = args.length + (final === NONE ? 0 : 1);
    this.count(name, takes, count, at);
    if (name === 'and' || name === 'or') return this.shortCircuit(name === 'and', args, dot, final);
    const values = args.map((arg, index) => checked(this.operand(arg, dot), takes[index], arg));
    if (final !== NONE) values.push(checked(final, takes[args.length], at));
    try {
      const value = call(...values);
      // Long texts take time, too.
      if (typeof value === 'string') this.steps += value.length >> 6;
      return value;
    } catch (error) {
      if (error instanceof CallError) throw new Failure(`error calling ${name}: ${error.message}`, whole);
      throw error;
    }
  }

  private count(name: string, takes: TemplateFunction['takes'], count: number, at: Operand): void {
    const more = takes.at(-1) === 'any...';
    const least = more ? takes.length - 1 : takes.length;
    if (count >= least && (more || count === least)) return;
    throw new Failure(`wrong number of args for ${name}: want ${more ? 'at least ' : ''}${least} got ${count}`, at);
  }

  /** What comes after the one that decides is not looked at. */
  private shortCircuit(and: boolean, args: readonly Operand[], dot: Value, final: Final): Value {
    let value: Value;
    for (const arg of args) {
      value = this.operand(arg, dot);
      if (isTrue(value) !== and) return value;
    }
    return final === NONE ? value : final;
  }

  private variable(name: string): Value {
    return this.variables.findLast((variable) => variable.name === name)?.value;
  }

  private set(name: string, value: Value, declares: boolean): void {
    const known = declares ? undefined : this.variables.findLast((variable) => variable.name === name);
    if (known === undefined) this.variables.push({ name, value });
    else known.value = value;
  }

  private write(text: string): void {
    this.length += text.length;
    if (this.length > 4 * TEXT_MAX) throw new Failure('the output is too large');
    this.parts.push(text);
  }

  private step(): void {
    if (++this.steps > STEPS_MAX) throw new Failure('it takes too many steps');
  }
}

function checked(value: Value, type: TemplateFunction['takes'][number] | undefined, at: Operand): Value {
  if (type === undefined || type === 'any' || type === 'any...') return value;
  const wanted = { string: 'string', int: 'int', strings: '[]string' }[type];
  const fits = {
    string: typeof value === 'string',
    int: Number.isInteger(value),
    strings: isList(value) || (value instanceof Nil && value.kind === 'list'),
  }[type];
  if (fits) return value;
  if (isNothing(value)) throw new Failure(`invalid value; expected ${wanted}`, at);
  if (at.kind !== 'literal') throw new Failure(`wrong type for value; expected ${wanted}; got ${typeName(value)}`, at);
  if (type === 'strings') throw new Failure(`can't handle ${at.text} for arg of type ${wanted}`, at);
  throw new Failure(`expected ${type === 'int' ? 'integer' : type}; found ${at.text}`, at);
}
