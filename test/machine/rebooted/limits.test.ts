// With all five controllers delegated (a drop-in of user@.service): cpuset and io too.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { control } from '../limits.ts';
import { IMAGE, ok } from '../slipway.ts';

describe('limits of an ordinary user with all controllers', () => {
  after(() => ok('system', 'reset', '--yes'));

  it('doctor lists them', async () => {
    assert.match(await ok('doctor'), /^\[ok\] +Control groups [^\n]*: \S+\.scope: cpuset cpu io memory pids$/m);
  });

  it('--cpuset-cpus and --blkio-weight', async () => {
    await ok('run', '-d', '--name', 'bound', '--cpuset-cpus', '0', '--blkio-weight', '300', IMAGE, 'sleep', '10000');
    assert.equal(await control('bound', 'cpuset.cpus'), '0');
    assert.match(await control('bound', 'io.bfq.weight').catch(() => control('bound', 'io.weight')), /\d/);
  });
});
