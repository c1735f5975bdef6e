// system df, system check and the prune commands, typed as root and as an ordinary user.
import assert from 'node:assert/strict';
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { assertResult, containerIds, forEachPerson } from './people.ts';

forEachPerson('housekeeping', (world) => {
  const lineOf = (text: string, name: string): string => text.split('\n').find((line) => line.startsWith(name)) ?? '';

  it('system df shows docker’s table, and what a container has written', async () => {
    const script = 'head -c 3000000 /dev/zero >/big; ln /big /same';
    assertResult(await world().slipway(['run', '--name', 'writer', 'localhost/starter', 'sh', '-c', script]), {
      status: 0,
    });
    const { stdout } = await world().slipway(['system', 'df']);
    assert.match(stdout, /^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE\n/);
    assert.match(lineOf(stdout, 'Images'), /^Images +1 +1 +1\.\d+MB +0B \(0%\)$/);
    assert.match(lineOf(stdout, 'Containers'), /^Containers +1 +0 +3MB +3MB \(100%\)$/);
    assert.match(lineOf(stdout, 'Blobs'), /^Blobs +3 +3 +\S+MB +0B \(0%\)$/);
    const verbose = await world().slipway(['system', 'df', '-v']);
    assert.match(verbose.stdout, /^localhost\/starter +latest +[0-9a-f]{12} .* 1$/m);
    assert.match(verbose.stdout, /^[0-9a-f]{12} +localhost\/starter.* 3MB .* writer$/m);
  });

  it('container prune asks, and takes only what doesn’t run', async () => {
    await world().slipway(['run', '-d', '--name', 'runner', 'localhost/starter', 'sleep', '1000']);
    const refused = await world().slipway(['container', 'prune'], { input: 'n\n' });
    assert.match(refused.stdout + refused.stderr, /WARNING! This will remove all stopped containers\.\n/);
    assert.match(refused.stdout, /Total reclaimed space: 0B\n$/);
    assert.equal((await containerIds(world())).length, 2);
    const done = await world().slipway(['container', 'prune'], { input: 'y\n' });
    assert.match(done.stdout, /Deleted Containers:\n[0-9a-f]{64}\n\nTotal reclaimed space: 3MB\n$/);
    assert.equal((await containerIds(world())).length, 1);
    assertResult(await world().slipway(['rm', '-f', 'runner']), { status: 0 });
  });

  it('check finds and repairs what was altered behind its back', async () => {
    assertResult(await world().slipway(['system', 'check']), {
      status: 0,
      stdout: 'Checked 1 image, 3 blobs, 1 layer: no problems\n',
    });
    const layers = join(world().dataDirectory, 'layers');
    const [key = ''] = readdirSync(layers);
    appendFileSync(join(layers, key, 'fs/etc/passwd'), 'eve::0:0::/:/bin/sh\n');
    const found = await world().slipway(['check']);
    assert.equal(found.status, 1);
    assert.match(found.stdout, /^layer sha256:\w+ of localhost\/starter:latest was altered .*: etc\/passwd \(size\)\n/);
    assert.match(found.stdout, /fix: slipway system check --repair\n/);
    assert.match((await world().slipway(['check', '--repair'])).stdout, /\n {2}repaired\n/);
    assertResult(await world().slipway(['check']), { status: 0 });
    assertResult(await world().slipway(['run', '--rm', 'localhost/starter', 'grep', '-c', 'eve', '/etc/passwd']), {
      status: 1,
      stdout: '0\n',
    });
  });

  it('image prune keeps what has a tag, -a what has a container; filters are checked before the question', async () => {
    await world().slipway(['create', '--name', 'holder', 'localhost/starter']);
    for (const words of [
      ['image', 'prune', '-f'],
      ['image', 'prune', '-af'],
    ])
      assertResult(await world().slipway(words), { status: 0, stdout: 'Total reclaimed space: 0B\n' });
    const wrong = await world().slipway(['image', 'prune', '--filter', 'color=red']);
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /invalid filter "color=red"/);
  });

  it('system prune takes both, and nothing is left', async () => {
    const { stdout } = await world().slipway(['system', 'prune', '-af']);
    assert.match(
      stdout,
      /^Deleted Containers:\n[0-9a-f]{64}\n\nDeleted Images:\nuntagged: localhost\/starter:latest\n/,
    );
    assert.match(stdout, /\nTotal reclaimed space: [\d.]+MB\n$/);
    for (const folder of ['layers', 'blobs/sha256', 'containers', 'trash'])
      assert.deepEqual(readdirSync(join(world().dataDirectory, folder)), [], folder);
  });
});
