// Numbers that stand in two languages are the same number.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { FRAME, FRAME_MAX, HELLO_FLAGS, INPUT_MAX } from '../../runtime-server/protocol/frames.ts';
import { PRODUCT_VERSION, PROTOCOL_VERSION } from '../../runtime-server/protocol/version.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Every `NAME = number` and `#define NAME number` of a C header. */
function constants(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, name = '', value = ''] of text.matchAll(/\b([A-Z][A-Z0-9_]+)\s*=?\s*(0x[0-9a-fA-F]+|\d+)u?\b/g))
    found.set(name, Number(value));
  return found;
}

const snake = (name: string): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();

describe('wire', () => {
  const header = constants(read('native/src/common/frame.h'));

  it('frame types are the same in C and TypeScript', () => {
    for (const [name, value] of Object.entries(FRAME)) assert.equal(header.get(`FRAME_${snake(name)}`), value, name);
    for (const [name, value] of Object.entries(HELLO_FLAGS))
      assert.equal(header.get(`HELLO_${snake(name)}`), value, name);
  });

  it('the longest payload is the same', () => {
    assert.match(read('native/src/common/frame.h'), /FRAME_MAX \(1u << 20\)/);
    assert.equal(FRAME_MAX, 1 << 20);
    assert.match(read('native/src/common/frame.h'), /INPUT_MAX \(1u << 16\)/);
    assert.equal(INPUT_MAX, 1 << 16);
  });

  it('the version is the same everywhere', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    assert.equal(PRODUCT_VERSION, version);
    const client = read('native/src/client/version.h');
    assert.match(client, new RegExp(`"${version.replaceAll('.', '\\.')}"`));
    assert.match(client, new RegExp(`PROTOCOL_VERSION\\s*=?\\s*${PROTOCOL_VERSION}\\b`));
  });
});
