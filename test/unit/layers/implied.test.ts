import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { inheritAttributes } from '../../../runtime-server/src/layers/implied.ts';

describe('inheritAttributes', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'slipway-implied-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));
  const path = (...names: readonly string[]): string => join(directory, ...names);
  const modeOf = async (name: string): Promise<number> => (await lstat(path(name))).mode & 0o7777;
  const directoryOf = async (name: string, mode: number): Promise<void> => {
    await mkdir(path(name), { recursive: true });
    await chmod(path(name), mode);
  };

  it('takes them from the topmost layer that has the directory', async () => {
    await directoryOf('layer/tmp/deep', 0o755);
    await directoryOf('upper/other', 0o755);
    await directoryOf('lower/tmp', 0o1777);
    await directoryOf('lower/tmp/deep', 0o700);
    await inheritAttributes(path('layer'), ['tmp', 'tmp/deep', 'none'], [path('upper'), path('lower')]);
    assert.equal(await modeOf('layer/tmp'), 0o1777);
    assert.equal(await modeOf('layer/tmp/deep'), 0o700);
  });

  it('follows no link, in the layer or below, and ends at a file', async () => {
    await directoryOf('outside/x', 0o711);
    await directoryOf('layer/a/x', 0o755);
    await directoryOf('layer/b', 0o755);
    await directoryOf('lower', 0o755);
    await directoryOf('lowest/b', 0o700);
    await symlink(path('outside'), path('lower/a'));
    await writeFile(path('lower/b'), '');
    await symlink(path('outside'), path('layer/link'));
    await directoryOf('lowest/link', 0o700);
    await inheritAttributes(
      path('layer'),
      ['a', 'a/x', 'b', 'link', '../outside', 'a/../../outside'],
      [path('lower'), path('lowest')],
    );
    assert.equal(await modeOf('layer/a/x'), 0o755);
    assert.equal(await modeOf('layer/b'), 0o755);
    assert.equal(await modeOf('outside'), 0o755);
  });
});
