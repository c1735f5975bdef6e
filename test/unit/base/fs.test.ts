import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  exists,
  listNames,
  moveDirectoryNoReplace,
  moveFileNoReplace,
  readIfExists,
  readSmallFile,
  removeTree,
  writeFileAtomic,
  writeNewFile,
} from '../../../runtime-server/src/base/fs.ts';
import { createWorkspace } from '../../../runtime-server/src/base/workspace.ts';

describe('files', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'slipway-fs-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));
  const path = (...names: readonly string[]): string => join(directory, ...names);

  it('are replaced whole, and nothing temporary stays', async () => {
    await writeFileAtomic(path('a'), 'one');
    await writeFileAtomic(path('a'), 'two');
    assert.equal(await readFile(path('a'), 'utf8'), 'two');
    await mkdir(path('directory'));
    await assert.rejects(writeFileAtomic(path('directory'), 'x'));
    assert.deepEqual((await readdir(directory)).sort(), ['a', 'directory']);
  });

  it('are moved to a name only when it is free', async () => {
    await writeNewFile(path('a'), 'a', true);
    await writeNewFile(path('b'), 'b', false);
    assert.equal(await moveFileNoReplace(path('a'), path('c')), true);
    assert.equal(await moveFileNoReplace(path('b'), path('c')), false);
    assert.equal(await readFile(path('c'), 'utf8'), 'a');
    assert.deepEqual(await readdir(directory), ['c']);
    await assert.rejects(writeNewFile(path('c'), '', false), { code: 'EEXIST' });
    await assert.rejects(moveFileNoReplace(path('none'), path('d')), { code: 'ENOENT' });
  });

  it('and directories too', async () => {
    for (const name of ['a', 'b']) await mkdir(path(name, name), { recursive: true });
    assert.equal(await moveDirectoryNoReplace(path('a'), path('c')), true);
    assert.equal(await moveDirectoryNoReplace(path('b'), path('c')), false);
    assert.deepEqual(await readdir(path('c')), ['a']);
  });

  it('may be missing', async () => {
    assert.equal(await readIfExists(path('none')), undefined);
    assert.deepEqual(await listNames(path('none')), []);
    assert.equal(await exists(path('none/deeper')), false);
    await removeTree(path('none'));
  });

  it('go also out of directories that may not be written', async () => {
    await mkdir(path('a/b'), { recursive: true });
    await writeFile(path('a/b/c'), '');
    await chmod(path('a/b'), 0o500);
    await removeTree(path('a'));
    assert.equal(await exists(path('a')), false);
  });

  it('go also where they are deeper than any path', async () => {
    const level = 'd'.repeat(200);
    for (let depth = 0; depth < 40; depth += 1) {
      // From the inside outwards: no path is ever long.
      await mkdir(path('next'));
      if (depth > 0) await rename(path('deep'), path('next', level));
      await rename(path('next'), path('deep'));
    }
    await removeTree(path('deep'));
    assert.deepEqual(await readdir(directory), []);
  });

  it('that are small are read at once; nothing else is opened or waited for', async () => {
    await writeFile(path('small'), 'abc');
    await symlink('small', path('link'));
    execFileSync('mkfifo', [path('fifo')]);
    await mkdir(path('directory'));
    assert.equal(readSmallFile(path('small'), 3)?.toString(), 'abc');
    assert.equal(readSmallFile(path('small'), 2), undefined, 'larger');
    for (const name of ['link', 'fifo', 'directory', 'missing'])
      assert.equal(readSmallFile(path(name), 100), undefined, name);
  });

  it('of former servers are removed from the workspace, those of this one are not', async () => {
    await mkdir(path('tmp/old.1.layer/x'), { recursive: true });
    await mkdir(path('trash/old.2.gone'), { recursive: true });
    const workspace = createWorkspace({ dataDirectory: directory, epoch: 'now' });
    await workspace.start();
    const mine = workspace.temporary('blob');
    assert.match(basename(mine), /^now\.\d+\.blob$/);
    await writeFile(mine, 'x');
    await workspace.start();
    await workspace.idle();
    assert.deepEqual(await readdir(path('tmp')), [basename(mine)]);
    assert.deepEqual(await readdir(path('trash')), []);
    await workspace.discard(mine);
    await workspace.discard(mine);
    const other = createWorkspace({ dataDirectory: directory }).temporary('blob');
    await writeFile(other, 'x');
    const third = createWorkspace({ dataDirectory: directory });
    await third.start();
    assert.deepEqual(await readdir(path('tmp')), [basename(other)], 'of the same process');
    await third.discard(other);
    await third.idle();
    await workspace.idle();
    assert.deepEqual(await readdir(path('tmp')), []);
  });
});
