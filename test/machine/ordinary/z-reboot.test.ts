// Last of the first boot: what the reboot will find, looked at by ../rebooted/after.test.ts.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { IMAGE, ok } from '../slipway.ts';

it('leaves one running and one ended container to the reboot', async () => {
  await ok('run', '-d', '--name', 'running', IMAGE, 'sh', '-c', 'trap "exit 0" TERM; touch /kept; sleep 10000 & wait');
  await ok('run', '--name', 'ended', IMAGE, 'sh', '-c', 'echo bye; exit 3').catch((error: unknown) => {
    assert.match(String(error), /"status":3/);
  });
  assert.match(await ok('ps', '-a'), /Up /);
});
