import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CorrectableError, failureText, ReportedError, toFailure } from '../../../../extension/base/failure.ts';
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

  it('looks through to what was typed wrongly', () => {
    const data = { code: 'NotFound', message: 'pull nope: no such image' };
    assert.deepEqual(toFailure(new CorrectableError(rpcError(404, data), 'nope'), 'pull image'), data);
    assert.equal(toFailure(new CorrectableError(new ReportedError('x'), 'nope'), 'x'), undefined);
  });

  it('has a button for everything that is shown', () => {
    const silent: readonly string[] = ['Cancelled', 'NotModified'];
    const shown = (Object.keys(ERROR_STATUS) as ErrorCode[]).filter((code) => !silent.includes(code));
    for (const code of shown) assert.ok(failureActions(code, { retry: false, correct: false }).length > 0, code);
  });

  it('offers Try Again and Change Name only where there is something to try or change', () => {
    assert.deepEqual(failureActions('Unavailable', { retry: true, correct: true }), ['retry', 'log']);
    assert.deepEqual(failureActions('Unavailable', { retry: false, correct: false }), ['log']);
    assert.deepEqual(failureActions('NotFound', { retry: true, correct: true }), ['correct', 'log']);
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
