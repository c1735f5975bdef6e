// Root's own containers on a stock Debian, beside those of the ordinary user.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { IMAGE, ok } from '../slipway.ts';

describe('root on a fresh Debian', () => {
  after(() => ok('system', 'reset', '--yes'));

  it('doctor has nothing to say', async () => {
    const text = await ok('doctor');
    assert.ok(!/^\[(limited|missing)\]/m.test(text), text);
  });

  it('runs a container', async () => {
    assert.equal(await ok('run', '--rm', IMAGE, 'echo', 'hello'), 'hello\n');
  });
});
