// What the server tells its clients about images, containers and itself. Plain data: no methods, no node, no vscode.

import type { HostOptions } from './host-options.ts';
import type { MountOptions } from './mounts.ts';

/** An image as the `images` list and the Images view show it. */
export interface ImageSummary {
  /** Image ID: digest of the image config, `sha256:<64 hex>`. */
  readonly id: string;
  /** Full references with tag that name this image (`docker.io/library/alpine:latest`); empty for a dangling image. */
  readonly references: readonly string[];
  /** `repository@sha256:…` for each repository this image was pulled from. */
  readonly repoDigests: readonly string[];
  /** RFC 3339, from the image config; absent where the config says nothing. */
  readonly created?: string;
  /** Bytes of the unpacked layers, shared layers counted in full. */
  readonly size: number;
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  /** Absent where it has none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** How many containers, running or not, are made from it. */
  readonly containers: number;
}

/**
 * `paused`: it runs, but the kernel gives it no time. `restarting`: it has ended and is started again by itself. `dead`: its record
 * can't be read any more; it can only be removed.
 */
export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

/** A container as `ps` and the Containers view show it. */
export interface ContainerSummary {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  /** The reference it was created from, as short as Docker shows it (`alpine`). */
  readonly image: string;
  readonly imageId: string;
  /** Entry point and arguments. */
  readonly command: readonly string[];
  /** RFC 3339. */
  readonly created: string;
  readonly state: ContainerState;
  /** Docker's STATUS column at the time of the answer (`Up 3 minutes`, `Exited (0) 2 seconds ago`). */
  readonly status: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly exitCode?: number;
  /** Why the last start failed, when it did. */
  readonly error?: string;
  readonly tty: boolean;
  /** Whether its standard input was kept open (`-i`). */
  readonly interactive: boolean;
  /** Removed by the server when it stops (`--rm`). */
  readonly autoRemove: boolean;
  readonly pid?: number;
  /** Names of the volumes that it has; absent where it has none. */
  readonly volumes?: readonly string[];
  /** While it runs with a health check. */
  readonly health?: HealthStatus;
}

/** One that was removed and can still be restored. */
export interface RemovedContainer extends ContainerSummary {
  /** RFC 3339. */
  readonly removed: string;
}

export type HealthStatus = 'starting' | 'healthy' | 'unhealthy';

/** Docker's HealthConfig. Spans in nanoseconds; 0: the default. */
export interface HealthOptions {
  /** `NONE`; `CMD` and words; `CMD-SHELL` and a line. */
  readonly test?: readonly string[];
  readonly interval?: number;
  readonly timeout?: number;
  readonly startPeriod?: number;
  readonly startInterval?: number;
  readonly retries?: number;
}

/** How its output is kept: docker's `--log-driver` and `--log-opt`; what is absent is daemon.json's. */
export interface LogConfig {
  /** `json-file` or `none`. */
  readonly driver?: string;
  /** Of json-file: `max-size` (units of 1000), `max-file`. */
  readonly options?: Readonly<Record<string, string>>;
}

/** How it finds names, and the ports that it says it listens on; docker's forms. */
export interface NamingOptions {
  /** `name:address`. */
  readonly extraHosts?: readonly string[];
  readonly dns?: readonly string[];
  readonly dnsSearch?: readonly string[];
  readonly dnsOptions?: readonly string[];
  /** `80`, `80/udp`, `8000-8010`. */
  readonly expose?: readonly string[];
}

/** What a container is created with; names follow `docker run`. */
export interface CreateOptions {
  readonly image: string;
  readonly name?: string;
  /** Arguments after the image: replace the image's Cmd. */
  readonly command?: readonly string[];
  /** Replaces the image's Entrypoint; an empty string clears it. */
  readonly entrypoint?: string;
  /** `KEY=value`. */
  readonly env?: readonly string[];
  readonly workdir?: string;
  /** `name|uid[:group|gid]`. */
  readonly user?: string;
  /** `-v` strings: `/host:/container[:ro]`, absolute; `volume:/container`; `/container` for an anonymous volume. */
  readonly volumes?: readonly string[];
  /** `--mount`. */
  readonly mounts?: readonly MountOptions[];
  /** `CONTAINER[:ro|rw]`: all that it has mounted. */
  readonly volumesFrom?: readonly string[];
  /** For the volumes of `volumes`; there is only `local`. */
  readonly volumeDriver?: string;
  readonly hostname?: string;
  readonly network?: 'none' | 'default';
  readonly tty?: boolean;
  readonly interactive?: boolean;
  readonly autoRemove?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  /** Name or number; the image's, or SIGTERM, when absent. */
  readonly stopSignal?: string;
  /** Seconds that stop waits before SIGKILL; for ever when negative, 10 when absent. */
  readonly stopTimeout?: number;
  /** How its health is checked; what is absent is the image's. */
  readonly health?: HealthOptions;
  readonly log?: LogConfig;
  readonly naming?: NamingOptions;
  /** Of its OCI configuration; `dev.slipway.` is the engine's own. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** A small init is its first process: it forwards signals and reaps orphans. */
  readonly init?: boolean;
  /** `no`, `always`, `unless-stopped`, `on-failure[:N]`. */
  readonly restart?: string;
  /** `os/arch[/variant]`; the host's when absent. */
  readonly platform?: string;
  /** What it may on the machine, and its limits. */
  readonly host?: HostOptions;
}

/** One line of `doctor`. */
export interface DoctorCheck {
  /** Stable key: `user-namespaces`, `apparmor`, `subordinate-ids`, `overlay`, `cgroups`, `tun`, `storage`, … */
  readonly id: string;
  readonly title: string;
  /** `limited`: works with a restriction; `missing`: what depends on it can't work. */
  readonly status: 'ok' | 'limited' | 'missing';
  readonly detail: string;
  /** What to type or do; present unless `ok`. */
  readonly fix?: string;
}

export interface VersionInfo {
  readonly version: string;
  readonly protocolVersion: number;
  readonly node: string;
  readonly kernel: string;
  readonly os: string;
  readonly architecture: string;
  /** `root`: the server runs as root; `rootless`: in a user namespace with id ranges; `single-id`: one id mapped; `none`: no namespace could be made. */
  readonly mode: 'root' | 'rootless' | 'single-id' | 'none';
  readonly dataDirectory: string;
  readonly runtimeDirectory: string;
  readonly storage: string;
  readonly pid: number;
}

/** The processes of a container, as ps prints them. */
export interface ProcessList {
  readonly titles: readonly string[];
  /** A value for each title. */
  readonly processes: readonly (readonly string[])[];
}

/** What a container uses of the machine. Bytes; zeros for one that does not run. */
export interface ContainerStats {
  readonly id: string;
  readonly name: string;
  /** Of one CPU, since the look before. */
  readonly cpuPercent: number;
  readonly memory: number;
  /** The machine's memory where it has no limit of its own. */
  readonly memoryLimit: number;
  readonly memoryPercent: number;
  /** Over its network, since its start; so are the next three. */
  readonly received: number;
  readonly sent: number;
  /** From and to disks. */
  readonly read: number;
  readonly written: number;
  /** Threads, too. */
  readonly processes: number;
}

/** A file that a container has added (A), changed (C) or deleted (D), as docker's diff tells it. */
export interface Change {
  readonly kind: 'A' | 'C' | 'D';
  /** Absolute. */
  readonly path: string;
}

/** What a container's files were at one moment. */
export interface SnapshotSummary {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** Unique among those of its container. */
  readonly name?: string;
  /** ID and name of its container. */
  readonly container: string;
  readonly containerName: string;
  /** RFC 3339. */
  readonly created: string;
  /** Bytes of all that the container had written by then. */
  readonly size: number;
  /** Made by a rewind, of what was there before. */
  readonly automatic?: boolean;
}

/** An image that was made of a container. */
export interface Committed {
  readonly imageId: string;
  /** Full, with its tag; absent for an image without a name. */
  readonly reference?: string;
  /** Names of what an image can't hold: sockets. */
  readonly skipped: readonly string[];
}
