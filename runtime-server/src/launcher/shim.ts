// Starting a shim (slipway-runtime shim, native/README.md) and reading its one line. Knows argv and the line, not containers.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { isErrno, launcherFailed, noSpace, type EngineError } from '../base/errors.ts';

export interface ShimOptions {
  /** Folder with config.json. */
  readonly bundle: string;
  /** Where the shim listens for clients. */
  readonly socket: string;
  /** Where it leaves the exit status. */
  readonly exitFile: string;
  readonly logFile?: string;
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

/** A launcher that runs the `slipway-runtime` in `binDirectory`; compiled seccomp filters are kept in `cacheDirectory`. */
export function createLauncher(binDirectory: string, cacheDirectory: string): Launcher {
  const program = join(binDirectory, 'slipway-runtime');
  return {
    start: async (options, doing) => {
      const line = await runShim(program, shimArguments(options, cacheDirectory), doing);
      return parseReadyLine(line, doing);
    },
  };
}

function shimArguments(options: ShimOptions, cacheDirectory: string): string[] {
  const { exec } = options;
  return [
    'shim',
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
    ...(options.logFile === undefined ? [] : ['--log', options.logFile]),
    ...(options.stdin ? ['--stdin'] : []),
    ...(options.hold ? ['--hold'] : []),
    ...(exec === undefined
      ? []
      : ['--exec', exec.processFile, '--target', `${exec.target.pid}:${exec.target.startTime}`]),
  ];
}

/** The shim outlives the server: own session, no stdio but the pipe that carries the line and ends with it. */
function runShim(program: string, args: readonly string[], doing: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'ignore'], cwd: '/', env: {} });
    child.unref();
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdout.on('close', () => {
      resolve(Buffer.concat(chunks).toString());
    });
    child.on('error', (cause) => {
      const reason = isErrno(cause, 'ENOENT') ? `${program} is missing` : cause.message;
      reject(launcherFailed(`${doing}: ${reason}`, { cause, detail: { step: 'spawn', exitCode: 125 } }));
    });
  });
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
  return launcherFailed(`${doing}: ${String(ready.message)}`, {
    detail,
    hint: 'See `slipway doctor` for what this machine can and can’t do.',
  });
}

function parseJson(line: string): ReadyLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
