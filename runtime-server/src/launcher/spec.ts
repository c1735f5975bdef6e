// From what the image says and what the person asked for to config.json: a pure function. What a container gets by
// default is decided here, in spec-host.ts and in seccomp.ts only; id maps, mounts and pivot_root stay inside the runtime.

import type { OciMount, OciProcess, OciSpec } from './oci-spec.ts';
import {
  DEFAULT_HOST,
  namespaces,
  processLimits,
  systemMounts,
  tmpfsMounts,
  type HostSpec,
  type ProcessLimits,
} from './spec-host.ts';

/** What a container doesn't see of /proc and /sys, and what it can't change. */
export const MASKED_PATHS = [
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
export const READONLY_PATHS = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'].map((name) => `/proc/${name}`);

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Names the user for the runtime, which looks it up in the container's own /etc/passwd and /etc/group (native/README.md). */
const USER_ANNOTATION = 'dev.slipway.user';
/** More groups for it, names or ids separated by commas, looked up likewise. */
const GROUPS_ANNOTATION = 'dev.slipway.groups';

/** The annotations that say who a process is. */
export function userAnnotations(user: string, groups: readonly string[] = []): Readonly<Record<string, string>> {
  return { [USER_ANNOTATION]: user, ...(groups.length === 0 ? {} : { [GROUPS_ANNOTATION]: groups.join(',') }) };
}

export interface ProcessRequest {
  readonly args: readonly string[];
  /** `KEY=value`, complete but for PATH, HOSTNAME and TERM, which are added where absent. */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly tty: boolean;
  readonly hostname: string;
  readonly size?: { readonly rows: number; readonly columns: number };
  /** What it may; absent: docker's defaults. */
  readonly limits?: ProcessLimits;
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
  /** More tmpfs than the options have: destination → options. */
  readonly tmpfs?: Readonly<Record<string, string>>;
  /** Absent: docker's defaults, without a seccomp filter. */
  readonly host?: HostSpec;
  /** The person's own. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Paths to mask that only some machines have. */
  readonly hostMasks?: readonly string[];
}

/** A host path made visible in the container. */
export interface Bind {
  readonly source: string;
  readonly destination: string;
  readonly readOnly: boolean;
  /** What is mounted below the source: comes with it, as read-only as it is (the default); stays away; comes as it is. */
  readonly below?: 'same' | 'none' | 'writable';
  /** As in mount(8), `rprivate` by default. */
  readonly propagation?: string;
  /** The source is a volume's folder (native/README.md): `first` begins with what the rootfs has at the destination. */
  readonly copyUp?: 'first' | 'rest';
  /** A path below the source, resolved inside of it, is what is mounted. */
  readonly subpath?: string;
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
    ...processLimits(request.limits ?? DEFAULT_HOST.process),
  };
}

/** The whole config.json of a container. */
export function containerSpec(request: SpecRequest): OciSpec {
  const host = request.host ?? DEFAULT_HOST;
  const { options } = host;
  const readOnly = options.readonlyRootfs === true;
  return {
    ociVersion: '1.2.0',
    process: processSpec({ ...request, limits: host.process }),
    root: { path: 'rootfs', readonly: readOnly },
    ...(options.utsMode === 'host' ? {} : { hostname: request.hostname }),
    ...(options.domainname === undefined ? {} : { domainname: options.domainname }),
    mounts: [
      overlayMount(request),
      ...systemMounts(host),
      ...outerFirst([
        ...etcMounts(request.etc, readOnly),
        ...tmpfsMounts({ ...options.tmpfs, ...request.tmpfs }),
        ...request.binds.map(bindMount),
        ...(host.deviceBinds ?? []),
      ]),
    ],
    annotations: { ...request.annotations, ...userAnnotations(request.user, options.groupAdd) },
    linux: linuxSection(host, request.hostMasks),
  };
}

function linuxSection(host: HostSpec, hostMasks: readonly string[] = []): OciSpec['linux'] {
  const { options, seccomp, devices, cgroupsPath, resources } = host;
  return {
    namespaces: namespaces(host),
    maskedPaths: host.unmasked === true ? [] : [...MASKED_PATHS, ...hostMasks],
    readonlyPaths: host.unmasked === true ? [] : READONLY_PATHS,
    ...(seccomp === undefined ? {} : { seccomp }),
    ...(devices === undefined ? {} : { devices }),
    ...(options.sysctls === undefined ? {} : { sysctl: options.sysctls }),
    ...(cgroupsPath === undefined ? {} : { cgroupsPath }),
    ...(resources === undefined ? {} : { resources }),
  };
}

/** `/a` before `/a/b`, in whichever order they were typed: the outer one would hide the inner. */
function outerFirst(mounts: readonly OciMount[]): readonly OciMount[] {
  const depth = ({ destination }: OciMount): number => destination.split('/').filter((part) => part !== '').length;
  return mounts.toSorted((a, b) => depth(a) - depth(b));
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

/** Where every container has a mount: what the runtime makes there in a rootfs without it. Relative. */
export const MOUNT_PLACES: readonly string[] = ['proc', 'sys', 'dev', 'etc/resolv.conf', 'etc/hostname', 'etc/hosts'];

function etcMounts(etc: SpecRequest['etc'], readOnly: boolean): OciMount[] {
  const files: readonly (readonly [string, string])[] = [
    ['/etc/resolv.conf', etc.resolvConf],
    ['/etc/hostname', etc.hostname],
    ['/etc/hosts', etc.hosts],
  ];
  return files.map(([destination, source]) => bindMount({ source, destination, readOnly, below: 'none' }));
}

function bindMount({ source, destination, readOnly, below = 'same', ...bind }: Bind): OciMount {
  const options = [
    below === 'none' ? 'bind' : 'rbind',
    bind.propagation ?? 'rprivate',
    ...(readOnly ? [below === 'same' ? 'rro' : 'ro'] : []),
    ...(bind.subpath === undefined ? [] : [`subpath=${bind.subpath}`]),
    ...(bind.copyUp === undefined ? [] : [`copyup=${bind.copyUp}`]),
  ];
  return { destination, type: 'bind', source, options };
}
