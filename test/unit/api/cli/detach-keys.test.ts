import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DETACH_KEYS, detachKeys } from '../../../../runtime-server/src/api/cli/detach-keys.ts';
import { parseOptions } from '../../../../runtime-server/src/api/cli/options.ts';

const read = (...words: string[]): ReturnType<typeof detachKeys> =>
  detachKeys(parseOptions({ options: [DETACH_KEYS], min: 0 }, words));

describe('--detach-keys', () => {
  it('are docker’s words', () => {
    assert.deepEqual(read(), {});
    assert.deepEqual(read('--detach-keys='), {});
    assert.deepEqual(read('--detach-keys', 'ctrl-p,ctrl-q'), { detachKeys: '1011' });
    assert.deepEqual(read('--detach-keys', 'ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_'), {
      detachKeys: '001b1c1d1e1f',
    });
    assert.deepEqual(read('--detach-keys', 'x,A,DEL'), { detachKeys: '78417f' });
  });

  it('refuse others', () => {
    for (const keys of ['ctrl-', 'ctrl-!', 'ctrl-P', 'ab', 'a,,b', 'é', ',', Array(33).fill('a').join(',')])
      assert.throws(() => read('--detach-keys', keys), /^EngineError: invalid detach keys \(.*\) provided$/, keys);
  });
});
