// The part of config.json that depends on what a container may: namespaces, the mounts that the system makes, masks,
// limits of a process. Pure; spec.ts puts it together.

import type { HostOptions, Ulimit } from '../../protocol/host-options.ts';
import { DEFAULT_CAPABILITIES } from './capabilities.ts';
import type { OciDevice, OciMount, OciProcess, OciResources, OciRlimit, OciSeccomp } from './oci-spec.ts';
import { rawNumber } from './seccomp.ts';

/** What a process may: the same for the first one and for each exec. */
export interface ProcessLimits {
  readonly capabilities: readonly string[];
  readonly noNewPrivileges?: boolean;
  readonly ulimits?: readonly Ulimit[];
  readonly oomScoreAdj?: number;
  readonly apparmor?: string;
  readonly selinux?: string;
}

/** What a container may, its options resolved for this machine. */
export interface HostSpec {
  readonly process: ProcessLimits;
  readonly options: HostOptions;
  /** Nothing of /proc and /sys is masked or read-only. */
  readonly unmasked?: boolean;
  readonly seccomp?: OciSeccomp;
  readonly devices?: readonly OciDevice[];
  readonly deviceBinds?: readonly OciMount[];
  /** The server owns the machine's namespaces, so a container that shares one may mount what belongs to it. */
  readonly ownsMachine?: boolean;
  /** What the machine has of /dev/shm and /dev/mqueue, for a container that shares them. */
  readonly ipcFolders?: readonly string[];
  readonly cgroupsPath?: string;
  readonly resources?: OciResources;
}

/** A container as docker makes it without any option. */
export const DEFAULT_HOST: HostSpec = { process: { capabilities: DEFAULT_CAPABILITIES }, options: {} };

/** Where shared memory and message queues of an IPC namespace are seen. */
export const IPC_FOLDERS: readonly string[] = ['/dev/mqueue', '/dev/shm'];

const SHM_SIZE = 64 * 1024 ** 2;
const UNLIMITED = '18446744073709551615';

/** The members of the OCI process object that say what it may. */
export function processLimits(limits: ProcessLimits): Omit<OciProcess, 'terminal' | 'user' | 'args' | 'env' | 'cwd'> {
  const { capabilities, noNewPrivileges = false, ulimits = [], oomScoreAdj, apparmor, selinux } = limits;
  const sets = { bounding: capabilities, effective: capabilities, permitted: capabilities };
  return {
    capabilities: { ...sets, inheritable: [], ambient: [] },
    noNewPrivileges,
    ...(ulimits.length === 0 ? {} : { rlimits: ulimits.map(rlimit) }),
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
    ...(apparmor === undefined ? {} : { apparmorProfile: apparmor }),
    ...(selinux === undefined ? {} : { selinuxLabel: selinux }),
  };
}

function rlimit({ name, soft, hard }: Ulimit): OciRlimit {
  const value = (limit: number): number => (limit === -1 ? rawNumber(UNLIMITED) : limit);
  return { type: `RLIMIT_${name.toUpperCase()}`, soft: value(soft), hard: value(hard) };
}

/** Its own ones; a shared namespace is one that is not asked for. */
export function namespaces({ options }: HostSpec): readonly { readonly type: string }[] {
  const shared: Readonly<Record<string, boolean>> = {
    pid: options.pidMode === 'host',
    ipc: options.ipcMode === 'host',
    uts: options.utsMode === 'host',
    cgroup: options.cgroupnsMode === 'host',
  };
  return ['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup']
    .filter((type) => shared[type] !== true)
    .map((type) => ({ type }));
}

/** /proc, /dev and what lies in them, /sys, in the order of mounting. */
export function systemMounts(host: HostSpec): readonly OciMount[] {
  const { options } = host;
  const privileged = options.privileged === true;
  return [
    proc(host),
    mount('/dev', 'tmpfs', 'nosuid', 'strictatime', 'mode=755', 'size=65536k'),
    mount('/dev/pts', 'devpts', 'nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'),
    mount('/sys', 'sysfs', 'nosuid', 'noexec', 'nodev', privileged ? 'rw' : 'ro'),
    mount(
      '/sys/fs/cgroup',
      'cgroup',
      ...['nosuid', 'noexec', 'nodev', 'relatime'],
      // Without a cgroup of its own it would be the server's that a container could write to.
      privileged && host.cgroupsPath !== undefined ? 'rw' : 'ro',
    ),
    ...ipcMounts(host),
  ];
}

/** A new instance of proc needs a pid namespace that one owns (proc(5)); the host's own is bound otherwise. */
function proc({ options, ownsMachine }: HostSpec): OciMount {
  const flags = ['nosuid', 'noexec', 'nodev'];
  return options.pidMode === 'host' && ownsMachine !== true
    ? { destination: '/proc', type: 'bind', source: '/proc', options: ['rbind', 'rslave', ...flags] }
    : mount('/proc', 'proc', ...flags);
}

function ipcMounts({ options: { ipcMode, shmSize = 0 }, ipcFolders = IPC_FOLDERS }: HostSpec): readonly OciMount[] {
  const flags = ['nosuid', 'noexec', 'nodev'];
  if (ipcMode === 'host')
    return ipcFolders.map((path) => ({
      destination: path,
      type: 'bind',
      source: path,
      options: ['rbind', 'rprivate', ...flags],
    }));
  const size = `size=${shmSize === 0 ? SHM_SIZE : shmSize}`;
  return [
    mount('/dev/mqueue', 'mqueue', ...flags),
    ...(ipcMode === 'none' ? [] : [mount('/dev/shm', 'tmpfs', ...flags, 'mode=1777', size)]),
  ];
}

/** --tmpfs: docker's defaults, then what was typed, of which the later wins. */
export function tmpfsMounts(tmpfs: Readonly<Record<string, string>> = {}): readonly OciMount[] {
  return Object.entries(tmpfs).map(([destination, text]) =>
    mount(destination, 'tmpfs', 'noexec', 'nosuid', 'nodev', ...(text === '' ? [] : text.split(','))),
  );
}

function mount(destination: string, type: string, ...options: string[]): OciMount {
  return { destination, type, source: type, options };
}
