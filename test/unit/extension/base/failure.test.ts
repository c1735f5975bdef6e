import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failureText, ReportedError, toFailure } from '../../../../extension/base/failure.ts';
import { failureActions } from '../../../../extension/ui/failure-actions.ts';
import { showOnce } from '../../../../extension/ui/once.ts';
import { ERROR_STATUS, type ErrorCode } from '../../../../runtime-server/protocol/errors.ts';

function rpcError(code: number, data: unknown): Error {
  return Object.assign(new Error('JSON-RPC'), { code, data });
}

describe('failure', () => {
  it('reads the wire’s sentence, code and hint', () => {
    const data = {
      code: 'NotFound',
      message: 'pull nope: no such image',
      hint: 'Check the name.',
      detail: { status: 404 },
    };
    const failure = toFailure(rpcError(-32000, data), 'pull image');
    assert.deepEqual(failure, { code: 'NotFound', message: 'pull nope: no such image', hint: 'Check the name.' });
    assert.equal(failureText(failure), 'pull nope: no such image. Check the name.');
  });

  it('says nothing about what was cancelled or told before', () => {
    assert.equal(toFailure(rpcError(-32800, undefined), 'x'), undefined);
    assert.equal(toFailure(rpcError(-32000, { code: 'Cancelled', message: 'pull x: cancelled' }), 'x'), undefined);
    assert.equal(toFailure(new DOMException('', 'AbortError'), 'x'), undefined);
    assert.equal(toFailure(new ReportedError('x'), 'x'), undefined);
  });

  it('makes a sentence of anything else', () => {
    assert.deepEqual(toFailure(new Error('boom'), 'pull image'), { code: 'Internal', message: 'pull image: boom' });
    assert.deepEqual(toFailure('odd', 'x'), { code: 'Internal', message: 'x: odd' });
    assert.equal(toFailure(rpcError(-32000, { code: 'toString', message: 'm' }), 'x')?.code, 'Internal');
    assert.equal(toFailure(rpcError(-32000, { code: 5 }), 'x')?.code, 'Internal');
  });

  it('offers Try Again only where there is something to try', () => {
    assert.deepEqual(failureActions('Unavailable', true), ['retry', 'log']);
    assert.deepEqual(failureActions('Unavailable', false), ['log']);
    for (const code of Object.keys(ERROR_STATUS) as ErrorCode[])
      assert.ok(Array.isArray(failureActions(code, true)), code);
  });
});

describe('show once', () => {
  it('shows the same message again only after it has gone', async () => {
    const errors: unknown[] = [];
    const once = showOnce((error) => errors.push(error));
    const { promise, resolve } = Promise.withResolvers<undefined>();
    let shown = 0;
    const show = (): Promise<undefined> => {
      shown += 1;
      return promise;
    };
    once('a', show);
    once('a', show);
    once('b', show);
    assert.equal(shown, 2);
    resolve(undefined);
    await promise;
    await new Promise((done) => setImmediate(done));
    once('a', show);
    assert.equal(shown, 3);
    once('c', () => Promise.reject(new Error('no window')));
    await new Promise((done) => setImmediate(done));
    assert.equal(errors.length, 1);
  });
});
