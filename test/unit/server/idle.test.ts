import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { createIdleWatch } from '../../../runtime-server/src/server/idle.ts';

describe('idle watch', () => {
  it('fires only after a whole span without clients and containers', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    let idle = 0;
    let busy = false;
    const watch = createIdleWatch({ milliseconds: 1000, isBusy: () => busy, onIdle: () => idle++ });
    const client = Promise.withResolvers<void>();
    const served = watch.during(client.promise);
    mock.timers.tick(5000);
    assert.equal(idle, 0, 'a client is connected');
    busy = true;
    client.resolve();
    await served;
    mock.timers.tick(5000);
    assert.equal(idle, 0, 'a container runs');
    busy = false;
    watch.recheck();
    mock.timers.tick(999);
    assert.equal(idle, 0);
    mock.timers.tick(1);
    assert.equal(idle, 1);
    mock.timers.reset();
  });
});
