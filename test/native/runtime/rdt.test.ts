// Intel RDT: which group a container gets, what is written there, and what goes with it. The kernel's resctrl needs hardware, so
// the program is linked anew with resctrl.c for the system calls of rdt.c, over a directory of the test.
import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ociBox } from './oci-box.ts';
import { relink, withoutCompiler } from './probe.ts';
import { unavailable } from './support.ts';

const skip = unavailable !== false ? unavailable : withoutCompiler;

describe('Intel RDT', { skip, timeout: 60_000 }, () => {
  const { box, bundle, dispose } = ociBox();
  const mount = join(box.dir, 'resctrl');
  const program = join(box.dir, 'slipway-runtime');
  const state = join(box.dir, 'rdt-state');
  after(dispose);

  before(() => {
    const fakes = ['fstatfs', 'mkdirat', 'unlinkat', 'write'];
    relink(program, box, { source: 'rdt', fakes, by: 'resctrl', options: [`-DRDT_MOUNT="${mount}"`] });
  });

  beforeEach(() => {
    rmSync(mount, { recursive: true, force: true });
    for (const name of ['info', 'mon_groups', 'found/mon_groups']) mkdirSync(join(mount, name), { recursive: true });
    for (const name of ['schemata', 'tasks', 'found/tasks']) writeFileSync(join(mount, name), '');
    writeFileSync(join(mount, 'found/schemata'), '    MB:0=100;1= 20\n    L3:0=007ff;1=000f0\n');
    writeFileSync(join(mount, 'info/last_cmd_status'), 'ok\n');
  });

  const oci = (...words: string[]): SpawnSyncReturns<string> =>
    spawnSync(program, ['--root', state, ...words], { encoding: 'utf8', timeout: 20_000 });
  const made = (rdt: object, args = ['sleep', '1000']): string =>
    bundle(args, (spec) => {
      spec.linux['intelRdt'] = rdt;
    });
  /** Creates the container `one`; its pipes would stay open. */
  const create = (rdt: object): void => {
    const { status } = spawnSync(program, ['--root', state, 'create', '-b', made(rdt), 'one'], { stdio: 'ignore' });
    assert.equal(status, 0);
  };
  const text = (name: string): string => readFileSync(join(mount, name), 'utf8');
  const groups = (): string[] => readdirSync(mount).filter((name) => !/^(info|mon_groups|schemata|tasks)$/.test(name));

  it('makes a class with the container’s name, writes its schemata, and delete takes it away', () => {
    create({ l3CacheSchema: 'L3:0=f;1=f0\nMB:0=1', memBwSchema: 'MB:0=20;1=70', enableMonitoring: true });
    assert.equal(text('one/schemata'), 'L3:0=f;1=f0\nMB:0=20;1=70\n');
    assert.deepEqual([text('one/tasks'), text('one/mon_groups/one/tasks')], ['0', '0']);
    rmSync(join(mount, 'one/mon_groups/one'), { recursive: true }); // the kernel does with its class
    assert.equal(oci('delete', '--force', 'one').status, 0);
    assert.deepEqual(groups(), ['found']);
  });

  it('without schemata a class is made all the same when it has no name', () => {
    create({});
    assert.deepEqual([text('one/schemata'), text('one/tasks')], ['', '0']);
    oci('delete', '--force', 'one');
    assert.deepEqual(groups(), ['found']);
  });

  it('makes a named class with `schemata`, and run takes it away at its end', () => {
    const { status, stdout } = oci(
      'run',
      '-b',
      made({ closID: 'gold', schemata: ['L3:0=1', 'L2:0=3'] }, ['echo', 'x']),
      'r',
    );
    assert.deepEqual([status, stdout, groups()], [0, 'x\n', ['found']]);
  });

  it('joins a class that it finds, and leaves it', () => {
    create({ closID: 'found', l3CacheSchema: 'L3:0=7FF;1=f0', schemata: ['MB:1=020'], enableCMT: true });
    assert.deepEqual([text('found/tasks'), text('found/mon_groups/one/tasks')], ['0', '0']);
    oci('delete', '--force', 'one');
    assert.deepEqual([groups(), readdirSync(join(mount, 'found/mon_groups'))], [['found'], []]);
  });

  it('exec enters the class of its container', () => {
    create({ closID: 'found' });
    assert.equal(oci('start', 'one').status, 0);
    writeFileSync(join(mount, 'found/tasks'), '');
    assert.equal(oci('exec', 'one', 'true').status, 0);
    assert.equal(text('found/tasks'), '0');
    oci('delete', '--force', 'one');
  });

  const refused: readonly (readonly [string, object, string])[] = [
    [
      'a class with another mask',
      { closID: 'found', l3CacheSchema: 'L3:0=7fe' },
      'found/schemata: the class is there with other schemata than L3:0=7fe',
    ],
    [
      'a class with more than is asked for',
      { closID: 'found', schemata: ['MB:0=10'] },
      'found/schemata: the class is there',
    ],
    [
      'a class that knows no such resource',
      { closID: 'found', schemata: ['L2:0=1'] },
      'found/schemata: the class is there',
    ],
    ['a named class that is not there', { closID: 'missing' }, 'missing: No such file'],
    ['more classes than there are', { closID: 'one-too-many', schemata: ['L3:0=1'] }, 'one-too-many: No space left'],
    [
      'what the kernel does not take',
      { closID: 'new', schemata: ['refuse:0=1'] },
      'new/schemata: Invalid argument (mask is bad)',
    ],
  ];
  for (const [what, rdt, reason] of refused)
    it(`refuses ${what}, and leaves nothing`, () => {
      writeFileSync(join(mount, 'info/last_cmd_status'), 'mask is bad\n');
      const { status, stderr } = oci('create', '-b', made(rdt), 'one');
      assert.equal(status, 1);
      assert.ok(stderr.includes(`Intel RDT ${mount}/${reason}`), stderr);
      assert.equal(stderr.trim().split('\n').length, 1);
      assert.deepEqual([groups(), oci('list', '-q').stdout], [['found'], '']);
    });

  for (const closID of ['../x', 'info', '.', 'a\nb', 'x'.repeat(300)])
    it(`refuses the name ${JSON.stringify(closID.slice(0, 10))}`, () => {
      const { stderr } = oci('create', '-b', made({ closID, schemata: ['L3:0=1'] }), 'one');
      assert.match(stderr, /not a name of a class of service/);
      assert.equal(existsSync(join(mount, '../x')), false);
    });

  it('refuses a class with the name of a container that was not made for it', () => {
    mkdirSync(join(mount, 'one'));
    assert.match(oci('create', '-b', made({}), 'one').stderr, /\/one: File exists/);
    assert.deepEqual(groups(), ['found', 'one']);
  });

  it('names the place of what makes no sense', () => {
    for (const [rdt, place] of [
      [{ memBwSchema: 'L3:0=1' }, 'memBwSchema'],
      [{ memBwSchema: 'MB:0=1\nL3:0=1' }, 'memBwSchema'],
      [{ schemata: 'L3:0=1' }, 'schemata'],
      [{ schemata: ['a\nb'] }, 'schemata[0]'],
      [{ closID: 5 }, 'closID'],
      [{ enableMonitoring: 'yes' }, 'enableMonitoring'],
    ] as const)
      assert.ok(oci('create', '-b', made(rdt), 'one').stderr.includes(`linux.intelRdt.${place}`), place);
  });
});
