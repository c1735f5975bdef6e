// Who can reach a running Slipway: its user, through sockets in a closed directory, and nobody by an abstract name
// (CVE-2020-15257) or over TCP.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { forEachPerson } from './people.ts';

/** Inodes of the sockets that a process and its descendants hold. */
function socketsBelow(pid: number): Set<string> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      parents.set(Number(name), Number(readFileSync(`/proc/${name}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[1]));
    } catch {
      continue; // it has ended
    }
  }
  const isBelow = (one: number): boolean => one === pid || (one > 1 && isBelow(parents.get(one) ?? 0));
  const found = new Set<string>();
  for (const one of [...parents.keys()].filter(isBelow)) {
    try {
      for (const fd of readdirSync(`/proc/${one}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${one}/fd/${fd}`))?.[1];
        if (inode !== undefined) found.add(inode);
      }
    } catch {
      continue;
    }
  }
  return found;
}

forEachPerson('sockets', (world) => {
  it('lie in a directory of the user’s own and are closed to others; none is abstract, none is TCP', async () => {
    const { stdout } = await world().slipway(['run', '-d', 'localhost/starter', 'sleep', '1000']);
    const id = stdout.trim();
    assert.match(id, /^[0-9a-f]{64}$/);
    const run = world().runtimeDirectory;
    const owner = statSync(world().home).uid;
    assert.deepEqual([statSync(run).mode & 0o777, statSync(run).uid], [0o700, owner]);
    for (const name of ['cli.sock', 'server.sock', 'launch.sock', `c/${id.slice(0, 16)}/attach.sock`]) {
      const { mode, uid } = statSync(join(run, name));
      assert.deepEqual([mode & 0o777, uid], [0o600, owner], name);
    }
    const ours = socketsBelow(world().serverPid());
    assert.ok(ours.size >= 3);
    const unix = readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    assert.deepEqual(
      unix.filter((words) => ours.has(words[6] ?? '') && words[7]?.startsWith('@')),
      [],
    );
    const internet = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((kind) =>
      readFileSync(`/proc/net/${kind}`, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/)),
    );
    assert.deepEqual(
      internet.filter((words) => ours.has(words[9] ?? '')),
      [],
    );
    await world().slipway(['rm', '-f', id]);
  });
});
