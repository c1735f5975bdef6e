// diff and commit against dockerd's own: the same steps give the same list, and what is committed here runs there.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { docker, withoutPeer, type Peer } from '../../support/peers.ts';
import { createWorld, type World } from '../../support/world.ts';
import { assertResult } from '../cli/people.ts';

const STEPS = [
  'cd /',
  'mkdir -p /new/deep',
  'echo hello > /new/deep/file',
  'echo x > /tmp/x',
  'rm /bin/ls',
  'ln -s nowhere /bin/link',
  'rm /bin/pwd',
  'mkdir /bin/pwd',
  'touch /bin/pwd/inside',
  'chmod 700 /tmp',
  'touch /gone',
  'rm /gone',
].map((step) => (/^(mkdir|rm|ln|chmod)/.test(step) ? `/bin/busybox ${step}` : step));

const sorted = (text: string): readonly string[] => text.trimEnd().split('\n').sort();

describe('files beside dockerd’s', { skip: withoutPeer('dockerd') || withoutPeer('docker'), timeout: 240_000 }, () => {
  let peer: Peer;
  let world: World;
  before(async () => {
    peer = await docker();
    world = createWorld('root');
    const archive = join(world.directory, 'box.tar');
    assert.equal(peer.run(['save', '-o', archive, 'box']).status, 0);
    assertResult(await world.slipway(['load', '-i', archive]), { status: 0 });
  });
  after(async () => {
    await peer.dispose();
    await world.dispose();
  });

  it('diff is docker’s', async () => {
    const words = ['--name', 'one', 'box', 'sh', '-c', STEPS.join(' && ')];
    const theirs = peer.run(['run', '--network=none', '--runtime=slipway', ...words]);
    assert.equal(theirs.status, 0, theirs.stderr);
    assertResult(await world.slipway(['run', ...words]), { status: 0, stderr: '' });
    const listed = sorted(peer.run(['diff', 'one']).stdout);
    assert.ok(listed.includes('D /bin/ls'));
    // The image has no /etc: here it is made to mount the container's files in, in docker by a layer in between.
    const own = sorted((await world.slipway(['diff', 'one'])).stdout).filter((line) => line !== 'A /etc');
    assert.deepEqual(own, listed);
  });

  it('a committed image runs there', async () => {
    const archive = join(world.directory, 'made.tar');
    const command = 'CMD ["sh","-c","cat /new/deep/file; echo /bin/pwd/*; cat /bin/ls"]';
    assertResult(await world.slipway(['commit', '-c', command, 'one', 'made:1']), { status: 0, stderr: '' });
    assertResult(await world.slipway(['save', '-o', archive, 'made:1']), { status: 0 });
    assert.equal(peer.run(['load', '-i', archive]).status, 0);
    const ran = peer.run(['run', '--rm', '--network=none', '--runtime=slipway', 'made:1']);
    assert.equal(ran.stdout, 'hello\n/bin/pwd/inside\n', ran.stderr);
    assert.match(ran.stderr, /\/bin\/ls.*No such file/);
  });
});
