// The dependency directions of ARCHITECTURE.md, read off the imports of every file.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');

/** Room → rooms it may import, besides itself. A room is a folder, or a file of runtime-server/src. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  base: ['protocol'],
  oci: ['protocol', 'base'],
  registry: ['protocol', 'base', 'oci'],
  content: ['protocol', 'base', 'oci'],
  layers: ['protocol', 'base', 'oci'],
  launcher: ['protocol', 'base', 'oci'],
  images: ['protocol', 'base', 'oci', 'registry', 'content', 'layers'],
  volumes: ['protocol', 'base', 'oci'],
  containers: ['protocol', 'base', 'oci', 'layers', 'launcher', 'volumes'],
  engine: ['protocol', 'base', 'oci', 'images', 'containers', 'volumes'],
  'api/cli': ['protocol', 'base', 'oci', 'engine', 'containers', 'images', 'launcher'],
  'api/rpc': ['protocol', 'base', 'oci', 'engine', 'containers', 'images'],
  server: ['protocol', 'base', 'oci', 'images', 'containers', 'volumes', 'engine', 'launcher'],
  'main.ts': ['protocol', 'base', 'server', 'api/cli', 'api/rpc'],
  extension: ['protocol'],
};

/** Packages each room may use; Node's own modules are free but for `protocol`. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  registry: ['undici'],
  'api/rpc': ['vscode-jsonrpc'],
  images: ['tar-stream'],
  extension: ['vscode', 'vscode-languageclient', 'vscode-languageserver-protocol', 'vscode-jsonrpc'],
};

function roomOf(path: string): string {
  const inside = relative(ROOT, path);
  if (inside.startsWith('extension/')) return 'extension';
  if (inside.startsWith('runtime-server/protocol/')) return 'protocol';
  const parts = inside.replace('runtime-server/src/', '').split('/');
  return parts[0] === 'api' ? parts.slice(0, 2).join('/') : (parts[0] ?? inside);
}

function importsOf(path: string): string[] {
  return ts.preProcessFile(readFileSync(path, 'utf8'), true, true).importedFiles.map((file) => file.fileName);
}

function violation(path: string, imported: string): string | undefined {
  const room = roomOf(path);
  const here = relative(ROOT, path);
  if (imported.startsWith('.')) {
    const target = roomOf(resolve(dirname(path), imported));
    const allowed = target === room || (MAY_IMPORT[room] ?? []).includes(target);
    return allowed ? undefined : `${here} imports ${target}`;
  }
  if (imported.startsWith('node:')) return room === 'protocol' ? `${here} imports ${imported}` : undefined;
  const name = imported.startsWith('@')
    ? imported.split('/').slice(0, 2).join('/')
    : (imported.split('/')[0] ?? imported);
  return (PACKAGES[room] ?? []).includes(name) ? undefined : `${here} imports package ${name}`;
}

const sources = globSync(['extension/**/*.ts', 'runtime-server/**/*.ts'], { cwd: ROOT }).map((path) =>
  join(ROOT, path),
);

describe('layering', () => {
  it('finds the sources', () => {
    assert.ok(sources.length > 50);
  });

  it('knows every room', () => {
    const unknown = new Set(sources.map(roomOf).filter((room) => !(room in MAY_IMPORT)));
    assert.deepEqual([...unknown], []);
  });

  it('no file imports what it must not know', () => {
    const violations = sources.flatMap((path) =>
      importsOf(path)
        .map((imported) => violation(path, imported))
        .filter((found) => found !== undefined),
    );
    assert.deepEqual(violations, []);
  });

  it('would notice a forbidden import', () => {
    assert.equal(
      violation(join(ROOT, 'runtime-server/src/registry/x.ts'), '../content/y.ts'),
      'runtime-server/src/registry/x.ts imports content',
    );
    assert.equal(
      violation(join(ROOT, 'runtime-server/protocol/x.ts'), 'node:fs'),
      'runtime-server/protocol/x.ts imports node:fs',
    );
    assert.equal(
      violation(join(ROOT, 'extension/x.ts'), '../runtime-server/src/base/errors.ts'),
      'extension/x.ts imports base',
    );
  });
});
