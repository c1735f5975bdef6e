// What a container sees of the machine's files and of volumes, and volumes themselves. Docker's names and forms. Plain data.

/** mount_namespaces(7); with an r: everything below, too. */
export type Propagation = 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave';

/** Docker's `--mount`. What is absent is as in docker without it. */
export interface MountOptions {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  /** A bind's absolute path, which must be there; a volume's name; an anonymous volume where it is absent. */
  readonly source?: string;
  /** Absolute, in the container. */
  readonly target: string;
  readonly readOnly?: boolean;
  readonly propagation?: Propagation;
  /** What is mounted below a bind's source: all of it, none of it, never read-only, surely read-only. */
  readonly recursive?: 'enabled' | 'disabled' | 'writable' | 'readonly';
  /** An empty volume stays empty. */
  readonly noCopy?: boolean;
  /** A folder of the volume that must be there; relative. */
  readonly subpath?: string;
  /** Of a volume that is made for it. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly driver?: string;
  readonly driverOptions?: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly tmpfsSize?: number;
  readonly tmpfsMode?: number;
}

/** What a volume is made with. */
export interface VolumeRequest {
  /** Absent: one that is nobody's. */
  readonly name?: string;
  /** There is only `local`. */
  readonly driver?: string;
  /** `type`, `device`, `o`, as in mount(8). */
  readonly options?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A volume as `volume ls` and the Volumes view show it. */
export interface VolumeSummary {
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Absolute path of its files on the server's machine. */
  readonly mountpoint: string;
  /** It was made for a container and has no name that anybody gave. */
  readonly anonymous: boolean;
  /** Names of the containers that have it, running or not. */
  readonly containers: readonly string[];
}

export interface PruneVolumesParams {
  /** Named ones, too. */
  readonly all?: boolean;
  /** `key` or `key=value`: only what has all of them. */
  readonly labels?: readonly string[];
  /** Only what has none of them. */
  readonly withoutLabels?: readonly string[];
}

export interface PruneVolumesResult {
  /** Names. */
  readonly deleted: readonly string[];
  /** Bytes that are free again. */
  readonly freed: number;
}
