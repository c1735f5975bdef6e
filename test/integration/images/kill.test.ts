// The server is killed at each step of a pull: the next one finds no half image, no remains, and pulls.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startHostileRegistry } from '../../support/hostile-registry.ts';
import { leftovers, openImageStore } from '../../support/image-store.ts';
import { buildImage, buildLayer } from '../../support/images.ts';

const PROGRAM = join(import.meta.dirname, '../../support/pull-and-die.ts');

describe('a server that is killed during a pull', () => {
  it('leaves an image that is there whole or not at all', async () => {
    await using registry = await startHostileRegistry();
    const layers = await Promise.all(
      ['a', 'b'].map((name) =>
        buildLayer([{ name: 'd/' }, { name: `d/${name}`, content: Buffer.alloc(400_000, name) }], 'none'),
      ),
    );
    const image = buildImage(layers);
    registry.serveImage('team/app', '1', image);
    const reference = `${registry.host}/team/app:1`;
    let outcome: NodeJS.Signals | null = 'SIGKILL';
    let moment = 1;
    for (; outcome === 'SIGKILL'; moment += 1) {
      await using store = await openImageStore();
      const child = spawn(process.execPath, [PROGRAM, store.dataDirectory, reference, String(moment)], {
        stdio: 'inherit',
      });
      [, outcome] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      const images = await store.restart();
      const listed = await images.list();
      assert.ok(listed.length <= 1);
      assert.deepEqual(await store.names('tmp'), [], `after event ${moment}`);
      if (listed.length === 1) assert.equal((await images.pull(reference)).upToDate, true);
      await images.pull(reference);
      const record = await images.resolve(reference);
      assert.equal((await images.layers.lowerDirs(record.diffIds)).length, 2);
      await images.remove(reference, { usedBy: () => [] });
      await images.gc();
      await images.close();
      assert.deepEqual(await leftovers(store), []);
    }
    assert.ok(moment > 6, 'it was killed at several moments');
  });
});
