// Standard input of a client that is a function: asked a frame at a time, never more than the consumer takes.
import assert from 'node:assert/strict';
import { finished } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { CliNeedInput } from '../../../../runtime-server/protocol/frames.ts';
import { ClientInput } from '../../../../runtime-server/src/api/cli/input.ts';

/** A client that answers each question at once with the next of `frames`, then with silence. */
function client(frames: readonly Buffer[]): {
  input: ClientInput;
  asked: CliNeedInput[];
  abort: AbortController;
} {
  const abort = new AbortController();
  const asked: CliNeedInput[] = [];
  const left = [...frames];
  const input: ClientInput = new ClientInput((question) => {
    asked.push(question);
    const payload = left.shift();
    if (payload !== undefined)
      setImmediate(() => {
        input.receive(payload);
      });
  }, abort.signal);
  return { input, asked, abort };
}

const FRAME = Buffer.alloc(64 * 1024, 'x');
const END = Buffer.alloc(0);

describe('standard input of a client', () => {
  it('streams to its end', async () => {
    const { input, asked } = client([FRAME, FRAME, END]);
    let size = 0;
    for await (const chunk of input.stream()) size += (chunk as Buffer).length;
    assert.equal(size, 2 * FRAME.length);
    assert.deepEqual(
      asked,
      Array.from({ length: 3 }, () => ({ line: false })),
    );
  });

  it('asks for no more than a slow consumer leaves room for', async () => {
    const { input, asked } = client(Array.from({ length: 100 }, () => FRAME));
    const stream = input.stream();
    stream.once('readable', () => undefined);
    for (let count = 0; count < 300; count += 1) await turn();
    assert.ok(asked.length >= 1 && asked.length <= 5, `asked ${asked.length} times`);
    stream.destroy();
  });

  it('is destroyed when the client is interrupted while it is waited for', async () => {
    const { input, abort } = client([FRAME]);
    const stream = input.stream();
    const read = finished(stream.resume());
    await turn();
    abort.abort();
    await assert.rejects(read, { name: 'AbortError' });
    await assert.rejects(input.line({ prompt: '' }), /twice|abort/);
  });

  it('a line loses its end; end of input is no line', async () => {
    const { input, asked } = client([Buffer.from('one\n'), Buffer.from('\r\n'), Buffer.from('three'), END]);
    const lines = [];
    for (let count = 0; count < 4; count += 1) lines.push(await input.line({ prompt: 'P: ', secret: true }));
    assert.deepEqual(lines, ['one', '', 'three', undefined]);
    assert.deepEqual(asked[0], { line: true, prompt: 'P: ', secret: true });
  });

  it('refuses input that was not asked for', () => {
    assert.throws(() => {
      client([]).input.receive(FRAME);
    }, /read input: nobody asked for it/);
  });
});
