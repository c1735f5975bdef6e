// An ordinary user's containers on a stock Debian: run, ids, the server's death.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { IMAGE, inspect, ok, slipway } from '../slipway.ts';

const runDirectory = join(process.env['XDG_RUNTIME_DIR'] ?? '', 'slipway');

async function gone(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await new Promise(setImmediate);
}

describe('containers on a fresh Debian', () => {
  after(() => ok('system', 'reset', '--yes'));

  it('runs the starter image without a network, with all ids', async () => {
    const script = 'touch /a && chown 1234:4321 /a && stat -c %u:%g /a && cat /proc/1/comm && id -u';
    const { stdout, stderr, status } = await slipway('run', '--rm', IMAGE, 'sh', '-c', script);
    assert.deepEqual({ stdout, status }, { stdout: '1234:4321\nsh\n0\n', status: 0 }, stderr);
  });

  it('passes an exit status and a signal on', async () => {
    assert.equal((await slipway('run', '--rm', IMAGE, 'sh', '-c', 'exit 7')).status, 7);
    assert.equal((await slipway('run', '--rm', IMAGE, 'sh', '-c', 'sleep 9 & kill -9 $!; wait $!')).status, 137);
  });

  it('a killed server is followed by one that knows the container and can go on with it', async () => {
    await ok('run', '-d', '--name', 'long', IMAGE, 'sleep', '10000');
    const server = Number(readFileSync(join(runDirectory, 'lock'), 'utf8').trim());
    assert.ok(server > 1);
    const before = await inspect('long', 'State.Pid');
    process.kill(server, 'SIGKILL');
    await gone(server);
    assert.match(await ok('ps'), / Up [^\n]* long\n/);
    assert.equal(await inspect('long', 'State.Pid'), before);
    assert.equal(await ok('exec', 'long', 'echo', 'still here'), 'still here\n');
    assert.notEqual(Number(readFileSync(join(runDirectory, 'lock'), 'utf8').trim()), server);
    await ok('rm', '-f', 'long');
    await gone(Number(before));
  });
});
