// From what the image says and what the person asked for to config.json: a pure function. What a container gets by
// default is decided here and in seccomp.ts only; id maps, mounts and pivot_root stay inside the runtime.

import type { OciMount, OciProcess, OciSeccomp, OciSpec } from './oci-spec.ts';

/** Docker's default capabilities (moby `oci/caps/defaults.go`); inheritable and ambient stay empty (CVE-2022-24769). */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  ...[
    'CAP_CHOWN',
    'CAP_DAC_OVERRIDE',
    'CAP_FSETID',
    'CAP_FOWNER',
    'CAP_MKNOD',
    'CAP_NET_RAW',
    'CAP_SETGID',
    'CAP_SETUID',
  ],
  ...['CAP_SETFCAP', 'CAP_SETPCAP', 'CAP_NET_BIND_SERVICE', 'CAP_SYS_CHROOT', 'CAP_KILL', 'CAP_AUDIT_WRITE'],
];

const MASKED_PATHS = [
  ...[
    'acpi',
    'asound',
    'interrupts',
    'kcore',
    'keys',
    'latency_stats',
    'sched_debug',
    'scsi',
    'timer_list',
    'timer_stats',
  ].map((name) => `/proc/${name}`),
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const READONLY_PATHS = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'].map((name) => `/proc/${name}`);

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Names the user for the runtime, which looks it up in the container's own /etc/passwd and /etc/group (native/README.md). */
export const USER_ANNOTATION = 'dev.slipway.user';

export interface ProcessRequest {
  readonly args: readonly string[];
  /** `KEY=value`, complete but for PATH, HOSTNAME and TERM, which are added where absent. */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly tty: boolean;
  readonly hostname: string;
  readonly size?: { readonly rows: number; readonly columns: number };
}

export interface SpecRequest extends ProcessRequest {
  /** `name|uid[:group|gid]`, empty for root. */
  readonly user: string;
  /** Absolute paths, top first. */
  readonly lowerDirs: readonly string[];
  readonly upperDir: string;
  readonly workDir: string;
  /** Files of the host that become /etc/hosts, /etc/hostname, /etc/resolv.conf. */
  readonly etc: { readonly hosts: string; readonly hostname: string; readonly resolvConf: string };
  readonly binds: readonly Bind[];
  readonly seccomp?: OciSeccomp;
  /** Paths to mask that only some machines have. */
  readonly hostMasks?: readonly string[];
}

/** A host path made visible in the container. */
export interface Bind {
  readonly source: string;
  readonly destination: string;
  readonly readOnly: boolean;
}

/** The OCI `process` object, for a container's init and for an exec. `user` is filled in by the runtime. */
export function processSpec(request: ProcessRequest): OciProcess {
  return {
    terminal: request.tty,
    ...(request.tty && request.size !== undefined && request.size.rows > 0
      ? { consoleSize: { height: request.size.rows, width: request.size.columns } }
      : {}),
    user: { uid: 0, gid: 0 },
    args: request.args,
    env: completeEnv(request),
    cwd: request.cwd === '' ? '/' : request.cwd,
    capabilities: {
      bounding: DEFAULT_CAPABILITIES,
      effective: DEFAULT_CAPABILITIES,
      permitted: DEFAULT_CAPABILITIES,
      inheritable: [],
      ambient: [],
    },
    noNewPrivileges: false,
  };
}

/** The whole config.json of a container. */
export function containerSpec(request: SpecRequest): OciSpec {
  return {
    ociVersion: '1.2.0',
    process: processSpec(request),
    root: { path: 'rootfs', readonly: false },
    hostname: request.hostname,
    mounts: [overlayMount(request), ...systemMounts(), ...etcMounts(request.etc), ...request.binds.map(bindMount)],
    annotations: { [USER_ANNOTATION]: request.user },
    linux: {
      namespaces: ['mount', 'pid', 'network', 'ipc', 'uts', 'cgroup'].map((type) => ({ type })),
      maskedPaths: [...MASKED_PATHS, ...(request.hostMasks ?? [])],
      readonlyPaths: READONLY_PATHS,
      ...(request.seccomp === undefined ? {} : { seccomp: request.seccomp }),
    },
  };
}

/** Later entries win over earlier ones with the same name, as with `docker run -e` over the image's Env. */
export function mergeEnv(...lists: readonly (readonly string[])[]): string[] {
  const merged = new Map<string, string>();
  for (const entry of lists.flat()) merged.set(entry.split('=', 1)[0] ?? entry, entry);
  return [...merged.values()];
}

function completeEnv(request: ProcessRequest): string[] {
  const defaults = [`PATH=${DEFAULT_PATH}`, `HOSTNAME=${request.hostname}`, ...(request.tty ? ['TERM=xterm'] : [])];
  return mergeEnv(defaults, request.env);
}

function overlayMount(request: SpecRequest): OciMount {
  const lower = request.lowerDirs.map((path) => `lowerdir+=${path}`);
  const options = [...lower, `upperdir=${request.upperDir}`, `workdir=${request.workDir}`, 'userxattr'];
  return { destination: '/', type: 'overlay', source: 'overlay', options };
}

function systemMounts(): OciMount[] {
  const mount = (destination: string, type: string, ...options: string[]): OciMount => ({
    destination,
    type,
    source: type,
    options,
  });
  return [
    mount('/proc', 'proc', 'nosuid', 'noexec', 'nodev'),
    mount('/dev', 'tmpfs', 'nosuid', 'strictatime', 'mode=755', 'size=65536k'),
    mount('/dev/pts', 'devpts', 'nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'),
    mount('/sys', 'sysfs', 'nosuid', 'noexec', 'nodev', 'ro'),
    mount('/sys/fs/cgroup', 'cgroup', 'nosuid', 'noexec', 'nodev', 'relatime', 'ro'),
    mount('/dev/mqueue', 'mqueue', 'nosuid', 'noexec', 'nodev'),
    mount('/dev/shm', 'tmpfs', 'nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'),
  ];
}

function etcMounts(etc: SpecRequest['etc']): OciMount[] {
  const files: readonly (readonly [string, string])[] = [
    ['/etc/resolv.conf', etc.resolvConf],
    ['/etc/hostname', etc.hostname],
    ['/etc/hosts', etc.hosts],
  ];
  return files.map(([destination, source]) => bindMount({ source, destination, readOnly: false }));
}

function bindMount(bind: Bind): OciMount {
  return {
    destination: bind.destination,
    type: 'bind',
    source: bind.source,
    options: ['rbind', 'rprivate', ...(bind.readOnly ? ['ro'] : [])],
  };
}
