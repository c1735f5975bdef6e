// A person with a fresh Slipway: own data, sockets and settings in a short temporary folder, the built programs copied to
// where an ordinary user can read them. Everything it starts is ended with it.

import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ordinaryUser, withoutOrdinaryUser } from './ordinary-user.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export type PersonKind = 'root' | 'ordinary';

export interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface World {
  readonly kind: PersonKind;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly runtimeDirectory: string;
  readonly home: string;
  /** The thin client's path. */
  readonly client: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs `slipway` with these words to its end. */
  slipway(words: readonly string[], options?: RunOptions): Promise<Result>;
  /** Starts any program as this person. */
  start(program: string, args: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Process id of the running server. */
  serverPid(): number;
  /** Writes daemon.json. */
  configure(settings: Readonly<Record<string, unknown>>): void;
  /** A file or folder handed to this person. */
  give(path: string): void;
  dispose(): Promise<void>;
}

/** Why there can be no such person here; undefined when there can. For `skip`. */
export function withoutPerson(kind: PersonKind): string | undefined {
  if (kind === 'ordinary') return process.getuid?.() === 0 ? withoutOrdinaryUser() : undefined;
  return process.getuid?.() === 0 ? undefined : 'needs root';
}

let installed: string | undefined;

/** dist/ with the Node it names, copied once per test process to a folder that everybody can read. */
function install(): string {
  if (installed !== undefined) return installed;
  installed = mkdtempSync(join(tmpdir(), 'slipway-dist-'));
  chmodSync(installed, 0o755);
  cpSync(join(ROOT, 'dist'), installed, {
    recursive: true,
    filter: (path) => !path.endsWith('/bin/node') && !path.endsWith('.vsix'),
  });
  const node = realpathSync(join(ROOT, 'dist/bin/node'));
  if (node.startsWith(ROOT)) cpSync(node, join(installed, 'bin/node'));
  else symlinkSync(node, join(installed, 'bin/node'));
  const made = installed;
  process.on('exit', () => {
    rmSync(made, { recursive: true, force: true });
  });
  return installed;
}

export function createWorld(kind: PersonKind): World {
  const reason = withoutPerson(kind);
  if (reason !== undefined) throw new Error(`make ${kind} person: ${reason}`);
  const user = kind === 'ordinary' && process.getuid?.() === 0 ? ordinaryUser() : undefined;
  // Short: a socket's path has at most 107 bytes.
  const directory = mkdtempSync(join(tmpdir(), 'sw-'));
  const paths = {
    data: join(directory, 'data'),
    run: join(directory, 'run'),
    home: join(directory, 'home'),
    config: join(directory, 'daemon.json'),
  };
  mkdirSync(paths.home);
  writeFileSync(paths.config, '{}');
  const give = (path: string): void => {
    if (user !== undefined) chownSync(path, user.uid, user.gid);
  };
  [directory, paths.home, paths.config].forEach(give);
  const client = join(install(), 'bin/slipway');
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: paths.home,
    USER: user?.name ?? 'root',
    LANG: 'C.UTF-8',
    TERM: 'xterm',
    SLIPWAY_DATA: paths.data,
    SLIPWAY_RUN: paths.run,
    SLIPWAY_CONFIG: paths.config,
  };
  const start = (program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess => {
    const merged = { cwd: paths.home, ...options, env: { ...env, ...options.env } };
    return user === undefined ? spawn(program, args, merged) : user.runAs(program, args, merged);
  };
  const slipway = (words: readonly string[], options: RunOptions = {}): Promise<Result> =>
    collect(
      start(client, words, {
        stdio: 'pipe',
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        env: { ...options.env },
      }),
      options.input,
    );
  return {
    kind,
    directory,
    dataDirectory: paths.data,
    runtimeDirectory: paths.run,
    home: paths.home,
    client,
    env,
    slipway,
    start,
    serverPid: () => {
      const pid = Number(readFileSync(join(paths.run, 'lock'), 'utf8').trim());
      // kill(2) of 0 or 1 would hit others.
      if (!Number.isInteger(pid) || pid < 2) throw new Error('the lock file names no process');
      return pid;
    },
    configure: (settings) => {
      writeFileSync(paths.config, JSON.stringify(settings));
    },
    give,
    dispose: async () => {
      if (existsSync(join(paths.run, 'lock'))) await slipway(['system', 'reset', '--yes']);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What a child prints until it ends. */
export function collect(child: ChildProcess, input = ''): Promise<Result> {
  return new Promise((resolve, reject) => {
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    }
    child.on('error', reject);
    child.on('close', (status, signal) => {
      resolve({ status: status ?? (signal === null ? -1 : 128), ...output });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
