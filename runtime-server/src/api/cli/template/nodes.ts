// The tree of a parsed template, and how its parts are written in an error. Types and text only.

export interface TextNode {
  readonly kind: 'text';
  readonly text: string;
}

export interface ActionNode {
  readonly kind: 'action';
  readonly pipe: Pipe;
}

export interface BranchNode {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipe: Pipe;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** Out of the nearest `range`. */
export interface JumpNode {
  readonly kind: 'break' | 'continue';
}

export type Node = TextNode | ActionNode | BranchNode | JumpNode;

interface Placed {
  /** Offset in the template's text. */
  readonly pos: number;
}

/** Commands from left to right, the value of each the last argument of the next. */
export interface Pipe extends Placed {
  readonly kind: 'pipe';
  /** Variables that take its value; two for `range`. */
  readonly variables: readonly string[];
  /** `:=` makes them, `=` changes them. */
  readonly declares: boolean;
  readonly commands: readonly Command[];
}

/** A function, a method or a value, and arguments. */
export interface Command extends Placed {
  readonly kind: 'command';
  readonly operands: readonly Operand[];
}

export interface Literal extends Placed {
  readonly kind: 'literal';
  readonly value: string | number | boolean;
  /** As it was typed. */
  readonly text: string;
}

export interface Nothing extends Placed {
  readonly kind: 'dot' | 'nil';
}

export interface Field extends Placed {
  readonly kind: 'field';
  readonly names: readonly string[];
}

export interface Variable extends Placed {
  readonly kind: 'variable';
  /** With its dollar sign. */
  readonly name: string;
  readonly names: readonly string[];
}

export interface FunctionName extends Placed {
  readonly kind: 'function';
  readonly name: string;
}

/** Fields of what another operand gives: `(index . 0).Name`. */
export interface Chain extends Placed {
  readonly kind: 'chain';
  readonly base: Operand;
  readonly names: readonly string[];
}

export type Operand = Literal | Nothing | Field | Variable | FunctionName | Chain | Pipe;

/** The part as Go writes it between `<` and `>`. */
export function textOf(node: Operand | Command): string {
  const names = (list: readonly string[]): string => list.map((name) => `.${name}`).join('');
  switch (node.kind) {
    case 'literal':
      return node.text;
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'field':
      return names(node.names);
    case 'variable':
      return node.name + names(node.names);
    case 'function':
      return node.name;
    case 'chain':
      return `${operandText(node.base)}${names(node.names)}`;
    case 'command':
      return node.operands.map(operandText).join(' ');
    case 'pipe':
      return `${declaration(node)}${node.commands.map(textOf).join(' | ')}`;
  }
}

const operandText = (operand: Operand): string => (operand.kind === 'pipe' ? `(${textOf(operand)})` : textOf(operand));

const declaration = ({ variables, declares }: Pipe): string =>
  variables.length === 0 ? '' : `${variables.join(', ')} ${declares ? ':=' : '='} `;
