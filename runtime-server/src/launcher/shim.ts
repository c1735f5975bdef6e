// Starting a shim (slipway-runtime shim, native/README.md) and reading its one line. Knows argv and the line, not containers.

import { launcherFailed, noSpace, type EngineError } from '../base/errors.ts';
import type { LauncherProcess } from './launcher-process.ts';

export interface ShimOptions {
  /** Folder with config.json. */
  readonly bundle: string;
  /** Where the shim listens for clients. */
  readonly socket: string;
  /** Where it leaves the exit status. */
  readonly exitFile: string;
  readonly log?: {
    readonly file: string;
    /** Bytes that it may have before another is begun; absent: no bound. */
    readonly size?: number;
    /** How many there may be then. */
    readonly count: number;
  };
  /** Keep the process's standard input open. */
  readonly stdin: boolean;
  /** Keep output back until a client attaches. */
  readonly hold: boolean;
  /** Run the OCI `process` object of this file inside the namespaces of `target` instead of a new container. */
  readonly exec?: {
    readonly processFile: string;
    readonly target: { readonly pid: number; readonly startTime: number };
  };
}

export interface StartedProcess {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: tells a reused pid from this one. */
  readonly startTime: number;
}

export interface Launcher {
  /** Starts one shim; resolves when its process has been exec'd. Rejects with LauncherFailed; `detail.exitCode` is 125, 126 or 127. */
  start(options: ShimOptions, doing: string): Promise<StartedProcess>;
}

/** A launcher whose shims are forked from `process`; compiled seccomp filters are kept in `cacheDirectory`. */
export function createLauncher(process: LauncherProcess, cacheDirectory: string): Launcher {
  return {
    start: async (options, doing) => parseReadyLine(await process.launch(shimWords(options, cacheDirectory)), doing),
  };
}

function shimWords(options: ShimOptions, cacheDirectory: string): string[] {
  const { exec } = options;
  return [
    ...[
      '--bundle',
      options.bundle,
      '--socket',
      options.socket,
      '--exit',
      options.exitFile,
      '--seccomp-cache',
      cacheDirectory,
    ],
    ...logWords(options.log),
    ...(options.stdin ? ['--stdin'] : []),
    ...(options.hold ? ['--hold'] : []),
    ...(exec === undefined
      ? []
      : ['--exec', exec.processFile, '--target', `${exec.target.pid}:${exec.target.startTime}`]),
  ];
}

function logWords(log: ShimOptions['log']): string[] {
  if (log === undefined) return [];
  const { file, size, count } = log;
  return ['--log', file, ...(size === undefined ? [] : ['--log-size', String(size), '--log-files', String(count)])];
}

interface ReadyLine {
  readonly status?: unknown;
  readonly pid?: unknown;
  readonly startTime?: unknown;
  readonly code?: unknown;
  readonly step?: unknown;
  readonly path?: unknown;
  readonly errno?: unknown;
  readonly message?: unknown;
}

/** The shim's line as a result; throws LauncherFailed for an error line and for anything else. */
export function parseReadyLine(line: string, doing: string): StartedProcess {
  const ready = parseJson(line);
  if (ready?.status === 'started' && typeof ready.pid === 'number' && typeof ready.startTime === 'number') {
    return { pid: ready.pid, startTime: ready.startTime };
  }
  if (ready?.status === 'error') throw failure(ready, doing);
  throw launcherFailed(`${doing}: the shim ended before it started anything`, {
    detail: { step: 'shim', exitCode: 125 },
  });
}

const ENOSPC = 28;

function failure(ready: ReadyLine, doing: string): EngineError {
  const exitCode = typeof ready.code === 'number' ? ready.code : 125;
  const path = typeof ready.path === 'string' ? ready.path : '';
  const errno = typeof ready.errno === 'number' ? ready.errno : 0;
  const detail = { step: String(ready.step), path, errno, exitCode };
  if (exitCode === 127) {
    return launcherFailed(`${doing}: exec ${path}: no such command in the container`, {
      detail,
      hint: 'Check the spelling, and that the image contains it.',
    });
  }
  if (exitCode === 126) {
    return launcherFailed(`${doing}: exec ${path}: the command can't be executed`, {
      detail,
      hint: 'It must be an executable file for this machine’s architecture.',
    });
  }
  if (errno === ENOSPC) return noSpace(`${doing}: no space left on the disk`, { detail });
  const where = path === '' ? '' : `${String(ready.step)} ${path}: `;
  const hint = HINTS[String(ready.step)] ?? 'See `slipway doctor` for what this machine can and can’t do.';
  return launcherFailed(`${doing}: ${where}${String(ready.message)}`, { detail, hint });
}

/** What to do about the steps that fail because of what was typed. */
const HINTS: Readonly<Record<string, string>> = {
  user: 'Name a user of the image’s /etc/passwd, or give numbers.',
  'set user': 'With one id only, or one outside the mapped range, choose another user; see `slipway doctor`.',
  'set group': 'With one id only, or one outside the mapped range, choose another group; see `slipway doctor`.',
  chdir: 'Give a folder of the container with -w.',
};

function parseJson(line: string): ReadyLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
