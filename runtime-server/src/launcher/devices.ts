// Device nodes of the host: what --device names, what --privileged gives, the numbers of a block device. Reads /dev.

import { constants, accessSync, readdirSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { DeviceMapping } from '../../protocol/host-options.ts';
import { invalidArgument, isErrno, notFound, toEngineError } from '../base/errors.ts';
import type { OciDevice, OciDeviceRule, OciMount } from './oci-spec.ts';

/** major and minor as makedev(3) packs them. */
export function deviceNumbers(rdev: number): { readonly major: number; readonly minor: number } {
  return { major: Math.floor(rdev / 0x100) & 0xfff, minor: (rdev & 0xff) | (Math.floor(rdev / 0x1000) & 0xfff00) };
}

/** The numbers of the block device at `path`. Throws NotFound or InvalidArgument. */
export function blockDevice(path: string): { readonly major: number; readonly minor: number } {
  const stats = statDevice(path, 'limit device');
  if (!stats.isBlockDevice()) throw invalidArgument(`limit device ${path}: not a block device`);
  return deviceNumbers(stats.rdev);
}

/** A node that a mapping names, and its numbers. */
export interface MappedDevice extends DeviceMapping {
  readonly type: 'b' | 'c';
  readonly major: number;
  readonly minor: number;
}

/** What the mapping names: one node, or all nodes of a folder. Throws NotFound or InvalidArgument. */
export function mappedDevices(mapping: DeviceMapping): readonly MappedDevice[] {
  const { pathOnHost, pathInContainer } = mapping;
  const stats = statDevice(pathOnHost, 'add device');
  if (stats.isDirectory())
    return readdirSync(pathOnHost).flatMap((name) => {
      const inside = { pathOnHost: join(pathOnHost, name), pathInContainer: join(pathInContainer, name) };
      const found = statSync(inside.pathOnHost, { throwIfNoEntry: false });
      return found !== undefined && (isNode(found) || found.isDirectory())
        ? mappedDevices({ ...mapping, ...inside })
        : [];
    });
  if (!isNode(stats)) throw invalidArgument(`add device ${pathOnHost}: not a device node`);
  return [{ ...mapping, type: typeOf(stats), ...deviceNumbers(stats.rdev) }];
}

/** It keeps the host's owner and mode, and the option `dev` makes it usable where every other mount is `nodev` (native/README.md). */
export const deviceBind = ({ pathOnHost, pathInContainer }: MappedDevice): OciMount => ({
  destination: pathInContainer,
  type: 'bind',
  source: pathOnHost,
  options: ['bind', 'private', 'dev', 'nosuid', 'noexec'],
});

/** Docker's rules: nothing but these, and what the runtime gives to every container (native/src/cgroup/devices.c). */
export const deviceRules = (devices: readonly MappedDevice[]): readonly OciDeviceRule[] => [
  { allow: false, access: 'rwm' },
  ...devices.map(({ type, major, minor, permissions }) => ({ allow: true, type, major, minor, access: permissions })),
];

/** The rules of a privileged container. */
export const EVERY_DEVICE: readonly OciDeviceRule[] = [{ allow: true, access: 'rwm' }];

/** Of these a container has its own (moby `oci/devices`). */
const OWN = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev', 'console', 'ptmx', 'hugepages']);

/** All devices of the host for a privileged container; in a user namespace those that this user may open. */
export function hostDevices(rootless: boolean, directory = '/dev'): readonly OciDevice[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (directory === '/dev' && OWN.has(entry.name)) return [];
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return hostDevices(rootless, path);
    if (!entry.isCharacterDevice() && !entry.isBlockDevice()) return [];
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined || !isNode(stats) || (rootless && !canOpen(path))) return [];
    return [ociDevice(path, stats)];
  });
}

function ociDevice(path: string, stats: Stats): OciDevice {
  return {
    path,
    type: typeOf(stats),
    ...deviceNumbers(stats.rdev),
    fileMode: stats.mode & 0o777,
    uid: stats.uid,
    gid: stats.gid,
  };
}

const typeOf = (stats: Stats): 'b' | 'c' => (stats.isBlockDevice() ? 'b' : 'c');

const isNode = (stats: Stats): boolean => stats.isCharacterDevice() || stats.isBlockDevice();

function canOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function statDevice(path: string, doing: string): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    if (isErrno(cause, 'ENOENT'))
      throw notFound(
        `${doing} ${path}: error gathering device information while adding custom device "${path}": no such file or directory`,
        { cause },
      );
    throw toEngineError(cause, `${doing} ${path}`);
  }
}
