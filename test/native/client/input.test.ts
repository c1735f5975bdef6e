// What the thin client reads of its standard input: only what it was asked for, and all of it. Without a terminal.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { collect, Place, until } from './harness.ts';

describe('thin client: standard input', { timeout: 60_000 }, () => {
  let place: Place;
  before(() => {
    place = new Place();
  });
  after(() => place.remove());

  it('is sent to its end, from a pipe and from a file', async () => {
    const bytes = Buffer.alloc(3_000_001, 'some bytes');
    const expected = `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
    const file = join(place.directory, 'bytes');
    writeFileSync(file, bytes);
    assert.equal((await collect(place.shell(`"$S" input < ${file}`))).stdout, expected);
    assert.equal((await collect(place.shell(`cat ${file} | "$S" input`))).stdout, expected);
    assert.match((await place.slipway(['input'])).stdout, /^0 /);
  });

  it('is not read when nobody asks, nor beyond what was asked', async () => {
    const child = place.spawn(['sated']);
    child.stdin!.on('error', () => undefined);
    const block = Buffer.alloc(1 << 16);
    let written = 0;
    // A frame is one block, and the socket that Node makes for standard input holds a few more.
    const fill = (): void => {
      child.stdin!.write(block, (error) => {
        if (error) return;
        written += block.length;
        fill();
      });
    };
    fill();
    await until(child, 'enough');
    child.kill('SIGTERM');
    assert.equal((await collect(child)).code, 130);
    assert.ok(written <= 8 * block.length, `${written} bytes were taken`);
  });

  it('that never ends does not hold the command', async () => {
    const result = await collect(place.shell('yes | "$S" input 1000000; echo "code $?"'));
    assert.equal(result.stdout, 'code 7\n');
  });

  it('that can’t be read is an error and not its end', async () => {
    mkdirSync(join(place.directory, 'folder'));
    const result = await collect(place.shell(`"$S" input < ${join(place.directory, 'folder')}`));
    assert.deepEqual(result, {
      code: 125,
      signal: null,
      stdout: '',
      stderr: 'slipway: send the input: read standard input: Is a directory\n',
    });
  });

  it('gives a line, and leaves what follows it', async () => {
    const line = '{"line":true}';
    const answers = await place.slipway(['ask', line, line, '{"line":false}', line], {}, 'one\n\nrest\nof it');
    assert.equal(answers.stdout, '"one\\n""\\n""rest\\nof it"""');
    const unended = await place.slipway(['ask', line, line], {}, 'no end');
    assert.equal(unended.stdout, '"no end"""');
  });

  it('a prompt goes to standard error, so that output stays data', async () => {
    const answer = await place.slipway(['ask', '{"line":true,"prompt":"Sure? "}'], {}, 'y\n');
    assert.deepEqual([answer.stdout, answer.stderr], ['"y\\n"', 'Sure? ']);
  });

  it('two questions at once are not understood', async () => {
    const child = place.spawn(['askTwice']);
    const result = await collect(child);
    assert.equal(result.code, 125);
    assert.match(result.stderr, /not understood/);
  });
});
