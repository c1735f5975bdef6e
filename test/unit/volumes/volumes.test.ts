import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createWorkspace, type Workspace } from '../../../runtime-server/src/base/workspace.ts';
import { ANONYMOUS_LABEL, isVolumeName, parseVolumeName } from '../../../runtime-server/src/volumes/names.ts';
import { volumeKind } from '../../../runtime-server/src/volumes/options.ts';
import { isAnonymous } from '../../../runtime-server/src/volumes/record.ts';
import { createVolumes, type Volumes } from '../../../runtime-server/src/volumes/volumes.ts';

describe('names of volumes', () => {
  it('are those of docker, and never lead anywhere else', () => {
    for (const name of ['ab', 'a.b-c_d', '0data', 'a'.repeat(255)]) assert.equal(parseVolumeName(name, 'use'), name);
    for (const name of [
      '',
      'a',
      '.',
      '..',
      '.a',
      '-a',
      '../x',
      'a/b',
      'a\0b',
      'ä1',
      'a b',
      'a'.repeat(256),
      '~x',
      'a\n',
    ])
      assert.ok(!isVolumeName(name), JSON.stringify(name));
    assert.throws(() => parseVolumeName('a', 'use'), /volume name is too short, names should be at least two/);
    assert.throws(() => parseVolumeName('../x', 'use'), /includes invalid characters for a local volume name/);
  });
});

describe('options of volumes', () => {
  it('say what a container sees', () => {
    assert.deepEqual(volumeKind({}, 'x'), { kind: 'folder' });
    assert.deepEqual(volumeKind({ type: 'tmpfs', device: 'tmpfs', o: 'size=10m,uid=7' }, 'x'), {
      kind: 'tmpfs',
      options: 'size=10m,uid=7',
    });
    assert.deepEqual(volumeKind({ type: 'none', o: 'bind,ro', device: '/srv/' }, 'x'), {
      ...{ kind: 'bind', device: '/srv/', readOnly: true, recursive: false },
    });
  });

  it('that make no sense, or need the machine’s administrator, are refused', () => {
    assert.throws(() => volumeKind({ size: '1' }, 'x'), /invalid option: size/);
    assert.throws(() => volumeKind({ o: 'bind' }, 'x'), /missing required option: "device"/);
    assert.throws(() => volumeKind({ o: 'bind', device: 'srv' }, 'x'), /not an absolute path/);
    assert.throws(() => volumeKind({ o: 'bind,exec=1', device: '/srv' }, 'x'), /invalid bind option exec=1/);
    assert.throws(
      () => volumeKind({ type: 'tmpfs', device: 'tmpfs', o: 'upperdir=/' }, 'x'),
      /invalid tmpfs option upperdir/,
    );
    assert.throws(() => volumeKind({ type: 'nfs', device: ':/x', o: 'addr=h' }, 'x'), { code: 'Unsupported' });
    assert.throws(() => volumeKind({ type: 'overlay', device: 'x' }, 'x'), { code: 'Unsupported' });
  });
});

describe('volumes', () => {
  let directory: string;
  let workspace: Workspace;
  let volumes: Volumes;
  let told: string[];
  const errors: string[] = [];
  const nobody = (): readonly string[] => [];

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'vo-'));
    workspace = createWorkspace({ dataDirectory: directory });
    await workspace.start();
    told = [];
    errors.length = 0;
    volumes = createVolumes({
      dataDirectory: directory,
      workspace,
      log: { info: () => undefined, warn: () => undefined, error: (text) => errors.push(text) },
      now: () => new Date('2026-01-01T00:00:00Z'),
      onChange: (action, name) => told.push(`${action} ${name}`),
    });
  });
  afterEach(async () => {
    await workspace.idle();
    rmSync(directory, { recursive: true });
  });

  it('are made once, listed by name, and removed', async () => {
    const { record, isNew } = await volumes.provide({
      name: 'data',
      labels: { a: 'b' },
      options: { type: 'tmpfs', device: 'x' },
    });
    assert.deepEqual(
      [isNew, record.labels, record.options, isAnonymous(record)],
      [true, { a: 'b' }, { type: 'tmpfs', device: 'x' }, false],
    );
    assert.equal((await volumes.provide({ name: 'data', labels: { other: '' } })).isNew, false);
    await volumes.provide({ name: 'cache' });
    assert.deepEqual(
      (await volumes.list()).map(({ name }) => name),
      ['cache', 'data'],
    );
    assert.deepEqual(await volumes.get('data'), record);
    assert.ok(existsSync(volumes.path('data')));
    await volumes.remove('data', nobody);
    assert.ok(!existsSync(join(directory, 'volumes/data')));
    assert.deepEqual(told, ['create data', 'create cache', 'destroy data']);
    await assert.rejects(volumes.get('data'), { code: 'NotFound', message: 'get data: no such volume' });
    await assert.rejects(volumes.remove('data', nobody), { code: 'NotFound' });
    await assert.rejects(volumes.kind('data'), { code: 'NotFound' });
  });

  it('without a name are anonymous', async () => {
    const { record } = await volumes.provide({ labels: { a: 'b' } });
    assert.match(record.name, /^[0-9a-f]{64}$/);
    assert.deepEqual(record.labels, { a: 'b', [ANONYMOUS_LABEL]: '' });
    assert.ok(isAnonymous(record));
  });

  it('in use are not removed, and are told with who has them', async () => {
    await volumes.provide({ name: 'data' });
    await assert.rejects(
      volumes.remove('data', () => ['one', 'two']),
      {
        code: 'Conflict',
        message: 'remove volume data: volume is in use - [one, two]',
      },
    );
    assert.ok(existsSync(volumes.path('data')));
  });

  it('of bad names or options are refused before anything is made', async () => {
    for (const request of [
      { name: '../x' },
      { name: 'ok', driver: 'nfs' },
      { name: 'ok', options: { type: 'nfs', device: 'x' } },
    ])
      await assert.rejects(volumes.provide(request));
    assert.throws(() => volumes.path('../../etc'));
    await assert.rejects(volumes.remove('..', nobody), { code: 'InvalidArgument' });
    assert.ok(!existsSync(join(directory, 'volumes')));
    assert.deepEqual(readdirSync(join(directory, 'tmp')), []);
  });

  it('whose record is broken are there, can’t be used, and can be removed', async () => {
    await volumes.provide({ name: 'data' });
    for (const text of ['{', '{"version":2}', JSON.stringify({ ...(await volumes.get('data')), name: 'other' })]) {
      writeFileSync(join(directory, 'volumes/data/volume.json'), text);
      const [record] = await volumes.list();
      assert.deepEqual([record?.name, record?.labels], ['data', {}]);
      await assert.rejects(volumes.kind('data'), { code: 'DataLoss' });
    }
    assert.ok(errors.length > 0);
    mkdirSync(join(directory, 'volumes/.hidden'));
    assert.equal((await volumes.list()).length, 1);
    await volumes.remove('data', nobody);
  });

  it('made and removed at once end in one or the other', async () => {
    await volumes.provide({ name: 'data' });
    await Promise.all([volumes.remove('data', nobody), volumes.provide({ name: 'data' })]);
    assert.equal((await volumes.get('data')).name, 'data');
    const results = await Promise.all(Array.from({ length: 8 }, () => volumes.provide({ name: 'many' })));
    assert.equal(results.filter(({ isNew }) => isNew).length, 1);
  });
});
