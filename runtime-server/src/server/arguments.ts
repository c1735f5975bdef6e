// What the thin client tells the server it starts (native/README.md, "Starting the server"), and the environment it reads.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { VersionInfo } from '../../protocol/models.ts';
import { invalidArgument } from '../base/errors.ts';

export interface ServerArguments {
  readonly runtimeDirectory: string;
  readonly dataDirectory: string;
  readonly binDirectory: string;
  /** Thin client that terminals should run. */
  readonly client: string;
  readonly mode: VersionInfo['mode'];
  readonly modeReason: string;
  /** The engine's own cgroup below the mount of cgroup v2; absent: nothing is delegated, {@link cgroupReason} says why. */
  readonly cgroup?: string;
  readonly cgroupReason: string;
  /** Descriptor that takes `ok\n` or `error: …\n`. */
  readonly readyFd: number;
  /** Descriptor of the lock file, locked for as long as this process lives. */
  readonly lockFd: number;
}

const MODES: readonly VersionInfo['mode'][] = ['root', 'rootless', 'single-id', 'none'];

/** Throws InvalidArgument when something is missing: only the thin client starts servers. */
export function parseArguments(argv: readonly string[]): ServerArguments {
  const names = [
    'run',
    'data',
    'bin',
    'client',
    'mode',
    'mode-reason',
    'ready-fd',
    'lock-fd',
    'cgroup',
    'cgroup-reason',
  ] as const;
  const { values } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  const need = (name: (typeof names)[number]): string => {
    const value = values[name];
    if (typeof value !== 'string')
      throw invalidArgument(`start server: --${name} is missing`, { hint: 'Run `slipway server start`.' });
    return value;
  };
  const mode = MODES.find((candidate) => candidate === need('mode'));
  if (mode === undefined) throw invalidArgument(`start server: unknown mode ${need('mode')}`);
  const optional = (name: (typeof names)[number]): string | undefined => {
    const value = values[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const cgroup = optional('cgroup');
  return {
    runtimeDirectory: need('run'),
    dataDirectory: need('data'),
    binDirectory: need('bin'),
    client: need('client'),
    mode,
    modeReason: optional('mode-reason') ?? '',
    ...(cgroup === undefined ? {} : { cgroup }),
    cgroupReason: optional('cgroup-reason') ?? '',
    readyFd: Number(need('ready-fd')),
    lockFd: Number(need('lock-fd')),
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the settings for registries lie: `$SLIPWAY_CONFIG`, else /etc for root, else the XDG base directory. */
export function settingsPath(env: Environment, mode: VersionInfo['mode']): string {
  const { SLIPWAY_CONFIG, XDG_CONFIG_HOME, HOME } = env as Partial<
    Record<'SLIPWAY_CONFIG' | 'XDG_CONFIG_HOME' | 'HOME', string>
  >;
  if (SLIPWAY_CONFIG !== undefined && SLIPWAY_CONFIG !== '') return SLIPWAY_CONFIG;
  if (mode === 'root') return '/etc/slipway/daemon.json';
  const base = XDG_CONFIG_HOME?.startsWith('/') === true ? XDG_CONFIG_HOME : join(HOME ?? '/', '.config');
  return join(base, 'slipway', 'daemon.json');
}

/** Docker's own config.json, where logins are: `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. */
export function dockerConfigPath(env: Environment): string {
  const directory = env['DOCKER_CONFIG'];
  if (directory !== undefined && directory !== '') return join(directory, 'config.json');
  return join(env['HOME'] ?? '/', '.docker', 'config.json');
}

/** The usual proxy variables; lower case wins, as in curl. */
export function proxySettings(env: Environment): {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
} {
  const read = (name: string): string | undefined => env[name.toLowerCase()] ?? env[name];
  const settings = { httpProxy: read('HTTP_PROXY'), httpsProxy: read('HTTPS_PROXY'), noProxy: read('NO_PROXY') };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined && value !== ''));
}

/** What undici 8 needs. */
export const OLDEST_NODE = '22.19';

export function isNodeUsable(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
