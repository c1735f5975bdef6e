// What is wrong with a template, in the words of Go's text/template. Knows no command.

/** `parse`: the template itself; `execute`: it and the data don't go together. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly when: 'parse' | 'execute';

  constructor(when: 'parse' | 'execute', message: string) {
    super(message);
    this.when = when;
  }
}

/** Thrown by a function; becomes `error calling NAME: …`. */
export class CallError extends Error {
  override readonly name = 'CallError';
}

/** `1`, or `1:17` where the column is wanted: lines from 1, columns from 0, as Go counts them. */
export function place(text: string, pos: number, column: boolean): string {
  const before = text.slice(0, pos);
  const line = before.split('\n').length;
  return column ? `${line}:${Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1))}` : String(line);
}
