// A container's record: what container.json holds, and how it is read back from a disk that nobody vouches for.

import type { HostOptions } from '../../protocol/host-options.ts';
import type { ContainerState, NamingOptions } from '../../protocol/models.ts';
import type { MountOptions } from '../../protocol/mounts.ts';
import { invalidArgument } from '../base/errors.ts';
import { member, root } from '../base/validate.ts';
import { healthCheckOf, type Health, type HealthCheck } from './health.ts';
import { readHostOptions } from './host-options.ts';
import { logFiles, type LogSettings } from './log-config.ts';
import { readMountPoints, type MountPoint } from './mount-points.ts';
import { readNaming } from './naming.ts';
import { parseRestartPolicy, type RestartPolicy, type Restarts } from './restart.ts';
import { STATES } from './states.ts';

/** What it was created with; only update changes some of it. The spec is made from it anew at each start. */
export interface ContainerConfig {
  /** Entry point and arguments. */
  readonly args: readonly string[];
  /** How many of `args` are the entry point; absent in records from before this was kept. */
  readonly entrypoint?: number;
  readonly env: readonly string[];
  readonly workdir: string;
  readonly user: string;
  readonly hostname: string;
  readonly tty: boolean;
  readonly interactive: boolean;
  readonly autoRemove: boolean;
  readonly network: 'none' | 'default';
  /** `-v` as typed, absolute. */
  readonly volumes: readonly string[];
  /** `--mount` and `--volumes-from` as they were asked for, for `inspect`. */
  readonly mountOptions?: readonly MountOptions[];
  readonly volumesFrom?: readonly string[];
  /** What all of these and the image make together; absent in records from before there were volumes. */
  readonly mounts?: readonly MountPoint[];
  readonly labels: Readonly<Record<string, string>>;
  /** Signal number that asks it to stop. */
  readonly stopSignal: number;
  /** Seconds that stop waits for its end; absent: docker's 10. */
  readonly stopTimeout?: number;
  /** As it is written (`on-failure:3`); absent: `no`. */
  readonly restart?: string;
  readonly health?: HealthCheck;
  /** How its output is kept; absent: one file without a bound. */
  readonly log?: LogSettings;
  readonly naming?: NamingOptions;
  readonly annotations?: Readonly<Record<string, string>>;
  /** A small init is its first process. */
  readonly init?: boolean;
  /** What it may and how it is limited; absent: docker's defaults, as in every record before there were options. */
  readonly host?: HostOptions;
}

export interface ContainerImage {
  /** As short as Docker shows it. */
  readonly reference: string;
  readonly id: string;
  readonly manifestDigest: string;
  readonly diffIds: readonly string[];
}

export interface ContainerRecord {
  readonly version: 1;
  readonly id: string;
  readonly name: string;
  readonly created: string;
  readonly image: ContainerImage;
  /** The frozen directories between the image and its own, bottom first; absent: none. */
  readonly stack?: readonly string[];
  readonly config: ContainerConfig;
  readonly run: RunState;
}

/** The changing part. A `dead` container can only be removed. */
export interface RunState {
  readonly state: ContainerState;
  /** Made for a start that has not come yet: a new server removes it. */
  readonly provisional?: boolean;
  /** Paused by the engine for a while: a new server lets it go on. */
  readonly held?: boolean;
  /** Somebody has stopped it since its last start: no policy starts it again, but `always` after a reboot. */
  readonly stopped?: boolean;
  readonly restarts?: Restarts;
  /** With a health check only. */
  readonly health?: Health;
  /** The boot of the machine that it was last started in (/proc/sys/kernel/random/boot_id). */
  readonly boot?: string;
  readonly pid?: number;
  /** Field 22 of /proc/PID/stat. */
  readonly startTime?: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly exitCode?: number;
  /** The kernel's OOM killer has hit it. */
  readonly oomKilled?: boolean;
  readonly error?: string;
}

const ID = /^[0-9a-f]{64}$/;

/** True for 64 hexadecimal digits: the only thing that is ever used as a container's folder name. */
export const isContainerId = (text: string): boolean => ID.test(text);

/** When it is started again by itself. */
export const restartPolicy = ({ config }: ContainerRecord): RestartPolicy => parseRestartPolicy(config.restart ?? '');

/** Reads container.json. Throws InvalidArgument naming what is wrong; extra members are kept out. */
export function parseRecord(text: string): ContainerRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidArgument('read container record: not JSON', { cause });
  }
  const record = value as Omit<ContainerRecord, 'version'> & { readonly version: unknown };
  const valid =
    isObject(value) &&
    record.version === 1 &&
    typeof record.id === 'string' &&
    isContainerId(record.id) &&
    typeof record.name === 'string' &&
    typeof record.created === 'string' &&
    isImage(record.image) &&
    isStack(record.stack) &&
    isConfig(record.config) &&
    isObject(record.run) &&
    STATES.includes(record.run.state);
  if (!valid) throw invalidArgument('read container record: not a container record of version 1');
  return withMounts(withHost(value as ContainerRecord));
}

function withMounts(record: ContainerRecord): ContainerRecord {
  const { mounts, ...config } = record.config;
  if (mounts === undefined) return record;
  return { ...record, config: { ...config, mounts: readMountPoints(mounts) } };
}

/** Its options are read as strictly as if they had just been typed. */
function withHost(record: ContainerRecord): ContainerRecord {
  const { host, ...config } = record.config;
  if (host === undefined) return record;
  return { ...record, config: { ...config, host: readHostOptions(member(root(record.config), 'host')) } };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

function isImage(value: unknown): boolean {
  if (!isObject(value)) return false;
  return (
    ['reference', 'id', 'manifestDigest'].every((key) => typeof value[key] === 'string') && isStrings(value['diffIds'])
  );
}

/** Overlayfs takes no directory twice. */
const isStack = (value: unknown): boolean =>
  value === undefined || (isStrings(value) && value.every(isContainerId) && new Set(value).size === value.length);

function isConfig(value: unknown): boolean {
  if (!isObject(value)) return false;
  return (
    ['args', 'env', 'volumes'].every((key) => isStrings(value[key])) &&
    ['workdir', 'user', 'hostname', 'network'].every((key) => typeof value[key] === 'string') &&
    ['tty', 'interactive', 'autoRemove'].every((key) => typeof value[key] === 'boolean') &&
    typeof value['stopSignal'] === 'number' &&
    ['entrypoint', 'stopTimeout'].every((key) => ['number', 'undefined'].includes(typeof value[key])) &&
    ['boolean', 'undefined'].includes(typeof value['init']) &&
    isStrings(value['volumesFrom'] ?? []) &&
    Array.isArray(value['mountOptions'] ?? []) &&
    isHealthCheck(value['health']) &&
    isRestartPolicy(value['restart']) &&
    isLog(value['log']) &&
    isNaming(value) &&
    isObject(value['labels'])
  );
}

function isHealthCheck(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isObject(value) || !isStrings(value['test']) || !isStrings(value['shell'] ?? [])) return false;
  return healthCheckOf(value) !== undefined;
}

function isNaming({ naming, annotations = {} }: Readonly<Record<string, unknown>>): boolean {
  if (naming !== undefined) readNaming(root(naming));
  return isObject(annotations) && isStrings(Object.values(annotations));
}

function isLog(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isObject(value) || typeof value['driver'] !== 'string' || !isObject(value['options'])) return false;
  const options = Object.entries(value['options']);
  if (options.some(([, option]) => typeof option !== 'string')) return false;
  logFiles({ driver: value['driver'], options: Object.fromEntries(options) as Record<string, string> });
  return true;
}

function isRestartPolicy(value: unknown): boolean {
  if (typeof value === 'string') parseRestartPolicy(value);
  return ['string', 'undefined'].includes(typeof value);
}

/** Stands for a container whose record can't be read any more, so that it is seen and can be removed. */
export function deadRecord(id: string, reason: string): ContainerRecord {
  const config = {
    args: [],
    env: [],
    workdir: '/',
    user: '',
    hostname: '',
    tty: false,
    interactive: false,
    autoRemove: false,
  } as const;
  return {
    version: 1,
    id,
    name: `dead_${id.slice(0, 12)}`,
    created: new Date(0).toISOString(),
    image: { reference: '<unknown>', id: '', manifestDigest: '', diffIds: [] },
    config: { ...config, network: 'default', volumes: [], labels: {}, stopSignal: 15 },
    run: { state: 'dead', error: reason },
  };
}
