// Pulling as an ordinary user, inside a user namespace with ranges of ids and with a single id; and that overlay takes
// the layers as they lie there: whiteouts, opaque directories, owners.

import assert from 'node:assert/strict';
import { chownSync } from 'node:fs';
import { chmod, lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { ordinaryUser, withoutOrdinaryUser, type OrdinaryUser } from '../../support/ordinary-user.ts';
import { startHostileRegistry } from '../../support/hostile-registry.ts';
import { HAS_LAYER_TOOL } from '../../support/image-store.ts';
import { buildImage, buildLayer } from '../../support/images.ts';

const PROGRAM = join(import.meta.dirname, '../../support/pull-and-die.ts');
const NODE = process.execPath;

async function inNamespace(user: OrdinaryUser, ranges: boolean, command: readonly string[]): Promise<string> {
  const maps = ranges ? ['--map-root-user', '--map-auto'] : ['--map-root-user'];
  const child = user.runAs('/usr/bin/unshare', ['--user', ...maps, '--mount', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: ranges ? {} : { SINGLE_ID: '1' },
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [output, errors, code] = await Promise.all([text(child.stdout!), text(child.stderr!), exited]);
  assert.equal(code, 0, errors);
  return output;
}

describe(
  'images of an ordinary user',
  { skip: withoutOrdinaryUser() ?? (HAS_LAYER_TOOL ? false : 'slipway-layer is not built') },
  () => {
    for (const [name, ranges] of [
      ['with ranges of ids', true],
      ['with a single id', false],
    ] as const) {
      it(name, async () => {
        const user = ordinaryUser();
        await using registry = await startHostileRegistry();
        const lower = await buildLayer([
          { name: 'd/', mode: 0o1777, uid: 5, gid: 6 },
          { name: 'd/gone', content: 'x', uid: 7, gid: 8 },
          { name: 'd/kept', content: 'kept', uid: 7, gid: 8, mode: 0o4755 },
          { name: 'o/' },
          { name: 'o/old', content: 'old' },
        ]);
        const upper = await buildLayer([
          { name: 'd/', mode: 0o1777, uid: 5, gid: 6 },
          { name: 'd/.wh.gone' },
          { name: 'o/' },
          { name: 'o/.wh..wh..opq' },
          { name: 'o/new', content: 'new' },
        ]);
        const image = buildImage([lower, upper]);
        registry.serveImage('team/app', '1', image);
        const data = await mkdtemp(join(tmpdir(), 'slipway-ordinary-'));
        try {
          chownSync(data, user.uid, user.gid);
          await inNamespace(user, ranges, [NODE, PROGRAM, data, `${registry.host}/team/app:1`, '0']);
          const directories = [upper, lower].map((layer) => join(data, 'layers', layer.diffId.slice(7), 'fs'));
          const kept = await lstat(join(directories[1]!, 'd/kept'));
          assert.equal(kept.uid === user.uid, !ranges, 'its owner is mapped, or squashed');
          assert.equal(kept.mode & 0o7777, 0o4755);
          const merged = join(data, 'tmp');
          const script = `mount -t overlay overlay -o userxattr,lowerdir=${directories.join(':')} ${merged} && cd ${merged} && ls d o && stat -c '%u:%g %a' d`;
          const seen = await inNamespace(user, ranges, ['/bin/sh', '-c', script]);
          assert.equal(seen, `d:\nkept\n\no:\nnew\n${ranges ? '5:6' : '0:0'} 1777\n`);
        } finally {
          await chmod(data, 0o700);
          await rm(data, { recursive: true });
        }
      });
    }
  },
);
