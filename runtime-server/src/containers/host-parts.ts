// The single rules of --tmpfs, --device, --ulimit, --sysctl and the namespaces, in docker's words. Pure.

import { posix } from 'node:path';
import type { DeviceMapping, HostOptions, Ulimit } from '../../protocol/host-options.ts';
import { invalidArgument } from '../base/errors.ts';
import { quote } from '../base/validate.ts';

/** Mount options that a tmpfs may have (moby `volume/mounts`, tmpfs(5)). */
const TMPFS_FLAGS = new Set(
  (
    'ro rw exec noexec suid nosuid dev nodev relatime norelatime strictatime nostrictatime atime noatime ' +
    'diratime nodiratime'
  ).split(' '),
);
const TMPFS_VALUES = /^(size|mode|uid|gid|nr_inodes|nr_blocks|mpol|huge)=[^\s,]+$/;

export function checkTmpfs(tmpfs: Readonly<Record<string, string>>): void {
  for (const [path, options] of Object.entries(tmpfs)) {
    if (!path.startsWith('/'))
      throw invalidArgument(`mount tmpfs ${quote(path)}: invalid mount path: '${path}' mount path must be absolute`);
    if (posix.normalize(path) === '/')
      throw invalidArgument("mount tmpfs /: invalid specification: destination can't be '/'");
    for (const option of options === '' ? [] : options.split(',')) {
      if (!TMPFS_FLAGS.has(option) && !TMPFS_VALUES.test(option))
        throw invalidArgument(`mount tmpfs ${path}: invalid tmpfs option ${quote(option)}`);
    }
  }
}

export function checkDevices(devices: readonly DeviceMapping[]): void {
  for (const { pathOnHost, pathInContainer, permissions } of devices) {
    for (const path of [pathOnHost, pathInContainer]) {
      if (!path.startsWith('/') || posix.normalize(path) === '/')
        throw invalidArgument(`add device ${quote(path)}: ${path} is not an absolute path`);
    }
    if (!isDeviceMode(permissions))
      throw invalidArgument(`add device ${pathOnHost}: bad mode specified: ${permissions}`);
  }
}

/** Letters out of `rwm`, each once. */
export const isDeviceMode = (text: string): boolean => /^(?!.*(.).*\1)[rwm]{1,3}$/.test(text);

export const ULIMITS: readonly string[] = [
  ...['core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice', 'nofile', 'nproc', 'rss', 'rtprio'],
  ...['rttime', 'sigpending', 'stack'],
];

export function checkUlimits(ulimits: readonly Ulimit[]): void {
  for (const { name, soft, hard } of ulimits) {
    if (!ULIMITS.includes(name)) throw invalidArgument(`set ulimit: invalid ulimit type: ${name}`);
    if (soft < -1 || hard < -1) throw invalidArgument(`set ulimit ${name}: a limit is a number, or -1 for none`);
    if (hard !== -1 && (soft === -1 || soft > hard))
      throw invalidArgument(
        `set ulimit ${name}: ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`,
      );
  }
}

const IPC_SYSCTLS = ['msgmax', 'msgmnb', 'msgmni', 'sem', 'shmall', 'shmmax', 'shmmni', 'shm_rmid_forced'];

/** Only what belongs to a namespace of the container; the rest would change the machine. */
export function checkSysctls({ sysctls = {}, ipcMode, utsMode }: HostOptions): void {
  for (const [name, value] of Object.entries(sysctls)) {
    const ofIpc = IPC_SYSCTLS.some((each) => name === `kernel.${each}`) || name.startsWith('fs.mqueue.');
    const ofUts = name === 'kernel.domainname';
    if (!/^[\w.-]+(\/[\w.-]+)*$/.test(name) || name.includes('..') || !(ofIpc || ofUts || name.startsWith('net.')))
      throw invalidArgument(`set sysctl ${quote(name)}: sysctl '${name}' is not allowed`);
    if (/[\0\n]/.test(value)) throw invalidArgument(`set sysctl ${name}: its value is not one line`);
    if (ofIpc && ipcMode === 'host')
      throw invalidArgument(`set sysctl ${name}: sysctl '${name}' is not allowed with the host's IPC namespace`);
    if (ofUts && utsMode === 'host')
      throw invalidArgument(`set sysctl ${name}: sysctl '${name}' is not allowed with the host's UTS namespace`);
  }
}

export function checkNamespaces({ utsMode, domainname }: HostOptions): void {
  if (domainname === undefined) return;
  if (utsMode === 'host') throw invalidArgument('set domain name: conflicting options: domainname and the UTS mode');
  if (!/^[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$/.test(domainname))
    throw invalidArgument(`set domain name ${quote(domainname)}: not a domain name (RFC 1123)`);
}
