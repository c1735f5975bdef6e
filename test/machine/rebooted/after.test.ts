// After a real reboot: every container is there and truthfully stopped, and starts again with what it had written.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { IMAGE, inspect, ok } from '../slipway.ts';

describe('after a reboot', () => {
  after(() => ok('system', 'reset', '--yes'));

  it('no container is said to run, and none is lost', async () => {
    assert.equal(await inspect('running', 'State.Running'), false);
    assert.equal(await inspect('ended', 'State.ExitCode'), 3);
    assert.equal((await ok('ps', '-q')).trim(), '');
  });

  it('logs, images and files are there, and the container starts again', async () => {
    assert.equal(await ok('logs', 'ended'), 'bye\n');
    assert.match(await ok('images'), new RegExp(IMAGE));
    await ok('start', 'running');
    assert.equal(await ok('exec', 'running', 'ls', '/kept'), '/kept\n');
  });
});
