// Files and functions stay small: the tail is what separates a code base that is read from one that is feared.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');
const FILE_LINES = 400;
const FUNCTION_LINES = 70;

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const lines = (text: string): number => text.split('\n').length - 1;

/** `path:line name (N lines)` of each function that is too long. */
function longFunctions(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const start = source.getLineAndCharacterOfPosition(node.getStart()).line;
      const length = source.getLineAndCharacterOfPosition(node.getEnd()).line - start + 1;
      if (length > FUNCTION_LINES) found.push(`${path}:${start + 1} (${length} lines)`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('sizes', () => {
  const typescript = globSync(['extension/**/*.ts', 'runtime-server/**/*.ts'], { cwd: ROOT });
  const all = [...typescript, ...globSync(['native/src/**/*.{c,h}', 'scripts/*.mjs'], { cwd: ROOT })];

  it(`no file is longer than ${FILE_LINES} lines`, () => {
    assert.ok(all.length > 80);
    assert.deepEqual(
      all.filter((path) => lines(read(path)) > FILE_LINES),
      [],
    );
  });

  it(`no function is longer than ${FUNCTION_LINES} lines`, () => {
    assert.deepEqual(
      typescript.flatMap((path) => longFunctions(path, read(path))),
      [],
    );
  });

  it('every source file says at its head what it owns', () => {
    const headless = [...typescript, ...globSync('native/src/**/*.c', { cwd: ROOT })].filter(
      (path) => !/^(\/\/|\/\*)/.test(read(path)),
    );
    assert.deepEqual(headless, []);
  });
});
