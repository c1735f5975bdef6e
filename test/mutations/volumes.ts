// The defences of volumes and of what is mounted.
import type { Mutation } from './mutation.ts';

const rows =
  (file: string, test: string) =>
  (...list: readonly (readonly [name: string, text: string, without: string, pattern: string])[]): Mutation[] =>
    list.map(([name, text, without, pattern]) => ({ name, file, text, without, test, pattern }));

export const VOLUMES: readonly Mutation[] = [
  ...rows('runtime-server/src/volumes/volumes.ts', 'test/unit/volumes/volumes.test.ts')(
    ['a volume in use is not removed', 'if (ids.length > 0)', 'if (ids.length > 99)', 'in use are not removed'],
    [
      'a volume is made once',
      'if (before !== undefined) return',
      'if (false && before !== undefined) return',
      'made once, listed',
    ],
    [
      'a record under another name is not believed',
      'if (record.name !== name) throw',
      'if (record.name === "") throw',
      'whose record is broken',
    ],
  ),
  ...rows(
    'runtime-server/src/volumes/names.ts',
    'test/unit/volumes/volumes.test.ts',
  )([
    'a name of a volume is no path',
    '/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/',
    '/^[a-zA-Z0-9.][a-zA-Z0-9_./-]+$/',
    'never lead anywhere else',
  ]),
  ...rows(
    'runtime-server/src/volumes/options.ts',
    'test/unit/volumes/volumes.test.ts',
  )([
    'a tmpfs volume has options of a tmpfs alone',
    'if (wrong !== undefined) throw invalidArgument(`${doing}: invalid tmpfs',
    'if (wrong === "") throw invalidArgument(`${doing}: invalid tmpfs',
    'make no sense',
  ]),
  ...rows('runtime-server/src/containers/mount-points.ts', 'test/unit/containers/mount-points.test.ts')(
    [
      'a volume of a changed record is no path',
      "name: part('name', (inner) => parseVolumeName(string(inner), 'read container record: use volume')),",
      "name: part('name', string),",
      'somebody has changed',
    ],
    [
      'an image mounts nothing over what the engine mounts',
      '.filter((path) => !OWN_PLACE.test(path))',
      '',
      'never cover',
    ],
    [
      'two mounts at one place are refused',
      'if (taken.has(point.destination))',
      'if (false)',
      'at the same place twice',
    ],
    ['an image asks for so many mounts at most', 'if (points.size > MOST)', 'if (false)', 'too many'],
  ),
  ...rows(
    'native/src/runtime/mounts.c',
    'test/native/runtime/volume.test.ts',
  )([
    'nothing of another mount is copied into a volume',
    'if (from >= 0 && lying.st_dev != own.st_dev) close_fd(&from);',
    '(void)own;',
    'leads to outside',
  ]),
  ...rows(
    'native/src/runtime/sources.c',
    'test/native/runtime/volume.test.ts',
  )([
    'a subpath stays inside of its volume',
    'inroot_open(source, mount->subpath, O_PATH, 0)',
    'openat(source, mount->subpath, O_PATH | O_CLOEXEC)',
    'resolves a subpath inside',
  ]),
  ...rows('native/src/runtime/volume.c', 'test/native/runtime/volume.test.ts')(
    [
      'what is in a volume stays',
      'renameat2(from, entry->d_name, to, entry->d_name, RENAME_NOREPLACE) == 0',
      'renameat(from, entry->d_name, to, entry->d_name) == 0',
      'brings what a killed copy',
    ],
    [
      'half a copy is begun anew',
      'if (take_away(place, staging, what, err) < 0 || take_away(place, linked, what, err) < 0) return -1;',
      '',
      'brings what a killed copy',
    ],
    [
      'a copy that failed leaves nothing',
      "(void)remove_any(place, staging); // a full disk is given back what it can't hold",
      '',
      'when the disk is full',
    ],
  ),
];
