// From `run`'s options and the image's defaults to a container record. Pure; ids, names and time are given.

import { resolve as resolvePath } from 'node:path/posix';
import type { HostOptions } from '../../protocol/host-options.ts';
import type { CreateOptions, LogConfig } from '../../protocol/models.ts';
import { conflict, invalidArgument } from '../base/errors.ts';
import { compact, root } from '../base/validate.ts';
import { mergeEnv } from '../launcher/spec.ts';
import { healthCheckOf } from './health.ts';
import { checkHostOptions, readHostOptions } from './host-options.ts';
import { DEFAULT_LOG, resolveLog } from './log-config.ts';
import { resolveMounts, type MountPoint } from './mount-points.ts';
import { readNaming } from './naming.ts';
import type { SourceImage } from './ports.ts';
import type { ContainerConfig, ContainerRecord } from './record.ts';
import { parseRestartPolicy } from './restart.ts';
import { parseSignal, SIGTERM } from '../base/signals.ts';

const HOSTNAME = /^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,62}[a-zA-Z0-9])?$/;

export interface Identity {
  readonly id: string;
  readonly name: string;
  readonly created: string;
  /** The machine's host name, for a container that shares it. */
  readonly machine?: string;
  /** What another container has mounted, for `--volumes-from`. Throws NotFound. */
  readonly mountsOf?: (container: string) => readonly MountPoint[];
}

/** The record of a new container. Throws InvalidArgument for options that make no sense. */
export function newRecord(
  options: CreateOptions,
  image: SourceImage,
  { machine, mountsOf = () => [], ...identity }: Identity,
  provisional = false,
): ContainerRecord {
  return {
    version: 1,
    ...identity,
    image: { reference: image.reference, id: image.id, manifestDigest: image.manifestDigest, diffIds: image.diffIds },
    config: { ...newConfig(options, image, identity.id, machine), ...newMounts(options, image, mountsOf) },
    run: { state: 'created', ...(provisional ? { provisional } : {}) },
  };
}

/** The record of a container like `source` with its files; it is for keeping, also where that goes by itself (`--rm`). */
export function forkedRecord(
  source: ContainerRecord,
  { id, name, created }: Identity,
  stack: readonly string[],
): ContainerRecord {
  const { hostname } = source.config;
  const own = hostname === source.id.slice(0, 12) ? id.slice(0, 12) : hostname;
  return {
    ...{ version: 1, id, name, created, image: source.image, stack },
    config: { ...source.config, hostname: own, autoRemove: false },
    run: { state: 'created' },
  };
}

/** Reads and checks what concerns the machine. Throws InvalidArgument or Unsupported. */
export function checkOptions(options: CreateOptions): HostOptions {
  const host = options.host === undefined ? {} : readHostOptions(root(options.host));
  checkHostOptions(host);
  resolveLog(options.log ?? {}, DEFAULT_LOG);
  notesOf(options);
  return host;
}

function newConfig(
  options: CreateOptions,
  image: SourceImage,
  id: string,
  machine: string | undefined,
): Omit<ContainerConfig, keyof ReturnType<typeof newMounts>> {
  const host = checkOptions(options);
  for (const entry of options.env ?? []) checkEnv(entry);
  return {
    ...commandLine(options, image),
    env: mergeEnv(image.config.Env ?? [], options.env ?? []),
    workdir: workdir(options.workdir, image.config.WorkingDir),
    user: options.user ?? image.config.User ?? '',
    hostname: hostName(options, id, machine),
    tty: options.tty ?? false,
    interactive: options.interactive ?? false,
    autoRemove: options.autoRemove ?? false,
    network: options.network ?? 'default',
    labels: { ...image.config.Labels, ...options.labels },
    ...howItEnds(options, image),
    ...compact({ health: healthCheckOf(options.health, image.config.Healthcheck, image.config.Shell) }),
    ...(options.init === true ? { init: true } : {}),
    ...logOf(options.log),
    ...notesOf(options),
    ...(Object.keys(host).length === 0 ? {} : { host }),
  };
}

function notesOf({ naming = {}, annotations = {} }: CreateOptions): Pick<ContainerConfig, 'naming' | 'annotations'> {
  const read = readNaming(root(naming));
  const own = Object.keys(annotations).find((key) => key === '' || key.startsWith('dev.slipway.'));
  if (own !== undefined) throw invalidArgument(`set annotation ${JSON.stringify(own)}: that name is not free`);
  return {
    ...(Object.keys(read).length === 0 ? {} : { naming: read }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

/** Only what is not the default is kept. */
function logOf(asked: LogConfig = {}): Pick<ContainerConfig, 'log'> {
  const log = resolveLog(asked, DEFAULT_LOG);
  return log.driver === DEFAULT_LOG.driver && Object.keys(log.options).length === 0 ? {} : { log };
}

function newMounts(
  options: CreateOptions,
  image: SourceImage,
  mountsOf: (container: string) => readonly MountPoint[],
): Pick<ContainerConfig, 'volumes' | 'mounts' | 'mountOptions' | 'volumesFrom'> {
  const mounts = resolveMounts(options, Object.keys(image.config.Volumes ?? {}), mountsOf);
  return {
    volumes: options.volumes ?? [],
    ...(mounts.length === 0 ? {} : { mounts }),
    ...(options.mounts === undefined || options.mounts.length === 0 ? {} : { mountOptions: options.mounts }),
    ...(options.volumesFrom === undefined || options.volumesFrom.length === 0
      ? {}
      : { volumesFrom: options.volumesFrom }),
  };
}

function howItEnds(
  { stopSignal, stopTimeout, restart, autoRemove }: CreateOptions,
  image: SourceImage,
): Pick<ContainerConfig, 'stopSignal' | 'stopTimeout' | 'restart'> {
  // An empty one says nothing.
  const signal = stopSignal || image.config.StopSignal;
  if (restart !== undefined) checkRestart(restart, autoRemove ?? false);
  if (stopTimeout !== undefined && !Number.isInteger(stopTimeout))
    throw invalidArgument('set stop timeout: not a whole number of seconds');
  return compact({
    stopSignal: signal === undefined || signal === '' ? SIGTERM : parseSignal(signal),
    stopTimeout,
    restart,
  });
}

/** Throws InvalidArgument for what is no policy, Conflict for one that a container with --rm can't have. */
export function checkRestart(text: string, autoRemove: boolean): void {
  const { name } = parseRestartPolicy(text);
  if (autoRemove && name !== 'no')
    throw conflict('use restart policy: conflicting options: --restart and --rm', {
      hint: 'A container that is removed at its end is not there to be started again.',
    });
}

function hostName({ hostname, host }: CreateOptions, id: string, machine: string | undefined): string {
  if (host?.utsMode === 'host') {
    if (hostname === undefined) return machine ?? id.slice(0, 12);
    throw invalidArgument(`set host name ${hostname}: conflicting options: hostname and the UTS mode`);
  }
  const name = hostname ?? id.slice(0, 12);
  if (!HOSTNAME.test(name)) throw invalidArgument(`set host name ${JSON.stringify(name)}: not a host name (RFC 1123)`);
  return name;
}

/** Docker's rule: a given entry point drops the image's Cmd; given arguments replace it. */
function commandLine(options: CreateOptions, image: SourceImage): Pick<ContainerConfig, 'args' | 'entrypoint'> {
  const given = options.command ?? [];
  const entrypoint =
    options.entrypoint === undefined
      ? (image.config.Entrypoint ?? [])
      : options.entrypoint === ''
        ? []
        : [options.entrypoint];
  const defaults = options.entrypoint === undefined ? (image.config.Cmd ?? []) : [];
  const args = [...entrypoint, ...(given.length > 0 ? given : defaults)];
  if (args.length === 0 || args[0] === '') {
    throw invalidArgument(`create container from ${image.reference}: no command`, {
      hint: 'Type one after the image.',
    });
  }
  if (args.some((arg) => arg.includes('\0')))
    throw invalidArgument('create container: an argument contains a zero byte');
  return { args, entrypoint: entrypoint.length };
}

/** What is typed must be absolute, as in docker; an image may say `srv`. */
function workdir(given: string | undefined, ofImage = '/'): string {
  if (given !== undefined && !given.startsWith('/'))
    throw invalidArgument(`set working directory ${given}: it must be an absolute path`);
  return resolvePath('/', given ?? ofImage);
}

function checkEnv(entry: string): void {
  if (!/^[^=\0]+=[^\0]*$/.test(entry))
    throw invalidArgument(`set environment ${JSON.stringify(entry.split('=', 1)[0])}: not NAME=value`);
}
