import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { raceAbort, sleep, anySignal } from '../../../runtime-server/src/base/abort.ts';
import { parseJson } from '../../../runtime-server/src/base/json.ts';
import { backoff } from '../../../runtime-server/src/base/retry.ts';
import { compact, count, member, quote, record, root, string } from '../../../runtime-server/src/base/validate.ts';

describe('validation', () => {
  it('names odd members in brackets and shows values shortly', () => {
    const field = root({ 'a-b': { c: 'x'.repeat(500) } });
    assert.throws(
      () => count(member(member(field, 'a-b'), 'c')),
      (error: Error) => {
        assert.match(error.message, /^\$\["a-b"\]\.c: expected a whole number not below zero, found "x+\.\.\."$/);
        return error.message.length < 200;
      },
    );
  });

  it('sees own members only', () => {
    assert.equal(member(root({}), 'constructor').value, undefined);
    assert.equal(member(root(JSON.parse('{"__proto__":1}')), '__proto__').value, 1);
    assert.deepEqual(Object.keys(record(root(JSON.parse('{"__proto__":"x"}')), string)), ['__proto__']);
  });

  it('refuses numbers that a double does not hold', () => {
    for (const value of [-1, 1.5, 2 ** 53, Infinity, '1', true])
      assert.throws(() => count(root(value)), { code: 'InvalidArgument' });
    assert.equal(count(root(0)), 0);
  });

  it('makes text from outside printable', () => {
    assert.equal(quote('a\u001b[31m\n\u202e'), '"a\\u001b[31m\\n\\u202e"');
    assert.equal(quote('x'.repeat(200)).length, 102);
    assert.deepEqual(compact({ a: 1, b: undefined }), { a: 1 });
  });

  it('never quotes JSON that can not be read', () => {
    assert.throws(
      () => parseJson('{"secret": nope}', 'token'),
      (error: Error) => !error.message.includes('nope') && /^token: not valid JSON/.test(error.message),
    );
  });
});

describe('retry', () => {
  it('pauses longer and longer, up to a cap', () => {
    for (const [attempt, most] of [
      [1, 100],
      [2, 200],
      [3, 400],
      [9, 1000],
    ] as const) {
      const pause = backoff(attempt, 100, 1000);
      assert.ok(pause >= most / 2 && pause <= most);
    }
  });
});

describe('abort', () => {
  it('ends waiting, not the work', async () => {
    const controller = new AbortController();
    const work = Promise.withResolvers<string>();
    const waiting = raceAbort(work.promise, controller.signal);
    controller.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
    work.reject(new Error('nobody listens'));
    await assert.rejects(sleep(10_000, controller.signal), { name: 'AbortError' });
    assert.equal(await raceAbort(Promise.resolve('x')), 'x');
    assert.equal(anySignal(undefined), undefined);
    assert.equal(anySignal(controller.signal, undefined), controller.signal);
  });
});
