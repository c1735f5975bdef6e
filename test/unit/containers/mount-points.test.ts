import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  mountPoints,
  readMountPoints,
  resolveMounts,
  volumeNames,
  type MountPoint,
  type MountRequests,
} from '../../../runtime-server/src/containers/mount-points.ts';
import { parseVolume } from '../../../runtime-server/src/containers/volumes.ts';

const none = (): readonly MountPoint[] => [];
const resolve = (requests: MountRequests, image: readonly string[] = []): readonly MountPoint[] =>
  resolveMounts(requests, image, none);

describe('-v', () => {
  it('is a bind, a named volume or an anonymous one', () => {
    assert.deepEqual(parseVolume('/h/./x:/c/:ro,z'), {
      ...{ source: '/h/x', destination: '/c', mode: 'ro,z', readOnly: true, noCopy: false },
    });
    assert.deepEqual(parseVolume('data:/c:nocopy'), {
      ...{ source: 'data', destination: '/c', mode: 'nocopy', readOnly: false, noCopy: true },
    });
    assert.deepEqual(parseVolume('/c'), { destination: '/c', mode: '', readOnly: false, noCopy: false });
    assert.equal(parseVolume('/h:/c:rslave').propagation, 'rslave');
  });

  it('is refused in docker’s words', () => {
    for (const text of ['', ':', ':/c', '/h:', '/h:/c:', 'a:b:c:d', '/h:/c:ro:z'])
      assert.throws(() => parseVolume(text), /invalid volume specification/, text);
    for (const text of ['/h:/c:rx', '/h:/c:ro,rw', '/h:/c:ro,ro', 'data:/c:rshared', '/h:/c:z,Z'])
      assert.throws(() => parseVolume(text), /invalid mode: /, text);
    assert.throws(() => parseVolume('data:c'), /invalid mount path: 'c' mount path must be absolute/);
    assert.throws(() => parseVolume('data:/x/..'), /destination can't be '\/'/);
    assert.throws(() => parseVolume('../x:/c'), /includes invalid characters for a local volume name/);
    assert.throws(() => parseVolume('~/x:/c'), /use absolute path|includes invalid characters/);
  });
});

describe('mounts of a container', () => {
  it('come from others, from the options, then from the image', () => {
    const of = (): readonly MountPoint[] => [
      { type: 'volume', name: 'theirs', destination: '/a', readOnly: false, mode: 'z' },
      { type: 'volume', name: 'also', destination: '/b', readOnly: false, mode: '' },
      { type: 'tmpfs', tmpfs: '', destination: '/t', readOnly: false, mode: '' },
    ];
    const points = resolveMounts(
      { volumesFrom: ['other:ro'], volumes: ['mine:/a', '/anon'], host: { tmpfs: { '/scratch': '' } } },
      ['/a', 'b', '/scratch', '/image/'],
      of,
    );
    assert.deepEqual(
      points.map(({ destination, name = '', anonymous = false, readOnly }) => [
        destination,
        anonymous ? 'anonymous' : name,
        readOnly,
      ]),
      [
        ['/a', 'mine', false],
        ['/b', 'also', true],
        ['/anon', 'anonymous', false],
        ['/image', 'anonymous', false],
      ],
    );
    assert.notEqual(points[2]?.name, points[3]?.name);
  });

  it('at the same place twice are refused', () => {
    for (const requests of [
      { volumes: ['/a:/x', '/b:/x/'] },
      { volumes: ['/a:/x'], mounts: [{ type: 'tmpfs' as const, target: '/x' }] },
      { volumes: ['/a:/x'], host: { tmpfs: { '/x': '' } } },
    ])
      assert.throws(() => resolve(requests), /Duplicate mount point: \/x/);
  });

  it('of --mount are checked as in docker', () => {
    const refused = (mount: Record<string, unknown>, reason: RegExp): void => {
      assert.throws(() => resolve({ mounts: [mount as never] }), reason, JSON.stringify(mount));
    };
    refused({ type: 'bind', target: '/x' }, /field Source must not be empty/);
    refused({ type: 'bind', source: 'x', target: '/x' }, /mount path must be absolute/);
    refused({ type: 'tmpfs', source: '/x', target: '/x' }, /field Source must not be specified/);
    refused({ type: 'volume', source: 'data', target: '/x', propagation: 'shared' }, /BindOptions must not be/);
    refused({ type: 'bind', source: '/a', target: '/x', noCopy: true }, /VolumeOptions must not be/);
    refused({ type: 'bind', source: '/a', target: '/x', tmpfsSize: 1 }, /TmpfsOptions must not be/);
    refused({ type: 'bind', source: '/a', target: '/x', recursive: 'readonly' }, /must be read-only/);
    refused({ type: 'volume', source: '../x', target: '/x' }, /invalid characters/);
    refused({ type: 'volume', source: 'data', target: 'x' }, /must be absolute/);
    for (const subpath of ['/a', '..', 'a/../..', 'a/..', ''])
      refused({ type: 'volume', source: 'data', target: '/x', subpath }, /subpath must be a relative path/);
    refused({ type: 'volume', target: '/x', subpath: 'a' }, /Subpath when using anonymous/);
    refused(
      { type: 'volume', source: 'data', target: '/x', driverOptions: { type: 'nfs', device: 'x' } },
      /can't be mounted/,
    );
    refused({ type: 'npipe', target: '/x' }, /volume or tmpfs/);
    refused({ type: 'volume', target: 7 }, /target: expected a string/);
  });

  it('are read back from a record as they were, and from an old record', () => {
    const mounts = resolve({
      volumes: ['/h:/h:ro', 'data:/d', '/anon'],
      mounts: [
        { type: 'tmpfs', target: '/t', tmpfsSize: 10, tmpfsMode: 0o1770 },
        {
          type: 'volume',
          source: 'more',
          target: '/m',
          subpath: 'a/b',
          driverOptions: { type: 'tmpfs', device: 'tmpfs' },
        },
        { type: 'bind', source: '/s', target: '/s', recursive: 'disabled', propagation: 'rslave' },
      ],
    });
    assert.deepEqual(readMountPoints(JSON.parse(JSON.stringify(mounts))), mounts);
    assert.equal(mounts.find(({ type }) => type === 'tmpfs')?.tmpfs, 'size=10,mode=1770');
    assert.deepEqual(mountPoints({ volumes: ['/h:/c:ro'] }), [
      { type: 'bind', source: '/h', destination: '/c', readOnly: true, mode: 'ro', make: true },
    ]);
    assert.deepEqual(volumeNames({ volumes: [], mounts }).slice(0, 2), ['data', 'more']);
  });

  it('of a record that somebody has changed are refused', () => {
    const good = { type: 'volume', name: 'data', destination: '/x', readOnly: false, mode: '' };
    assert.equal(readMountPoints([good]).length, 1);
    for (const change of [
      { name: '../../etc' },
      { destination: 'x' },
      { name: undefined },
      { type: 'bind' },
      { readOnly: 1 },
    ])
      assert.throws(() => readMountPoints([{ ...good, ...change }]), JSON.stringify(change));
  });

  it('that an image asks too many of are refused', () => {
    assert.throws(
      () =>
        resolve(
          {},
          Array.from({ length: 1001 }, (_, index) => `/v${index}`),
        ),
      /more than 1000 mounts/,
    );
  });

  it('of an image never cover what the engine mounts', () => {
    const places = ['/', '/..', '/proc', '/proc/sys', '/sys/fs/cgroup', '/x/../dev', '/dev/shm/'];
    assert.deepEqual(resolve({}, places), []);
    assert.equal(resolve({}, ['/process', '/sysroot', '/device']).length, 3);
  });
});
