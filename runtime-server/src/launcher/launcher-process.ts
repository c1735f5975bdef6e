// The small native process that shims are forked from (slipway-runtime launcher, native/README.md). Started when it is first
// needed, again when it has died; ends with this server, because its standard input does.

import { spawn, type ChildProcess } from 'node:child_process';
import { createConnection } from 'node:net';
import { isErrno, launcherFailed, type EngineError } from '../base/errors.ts';

export interface LauncherProcess {
  /** Runs one shim with these words; resolves with what it printed. Rejects with LauncherFailed when it can't be asked. */
  launch(words: readonly string[]): Promise<string>;
}

/** `program` is slipway-runtime, `socket` where its launcher shall listen. */
export function createLauncherProcess(program: string, socket: string): LauncherProcess {
  let running: Promise<ChildProcess> | undefined;
  const ensure = (): Promise<ChildProcess> => {
    running ??= start(program, socket).then(
      (child) => {
        child.once('exit', () => (running = undefined));
        return child;
      },
      (error: unknown) => {
        running = undefined;
        throw error;
      },
    );
    return running;
  };
  return {
    launch: async (words) => {
      await ensure();
      return request(socket, words);
    },
  };
}

/** Resolves when it listens. */
function start(program: string, socket: string): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['launcher', '--socket', socket], {
      stdio: ['pipe', 'pipe', 'ignore'],
      cwd: '/',
      env: {},
    });
    child.stdin.on('error', () => undefined);
    child.stdout.once('data', () => {
      resolve(child);
    });
    child.once('error', (cause) => {
      reject(failed(isErrno(cause, 'ENOENT') ? `${program} is missing` : `${program}: ${cause.message}`, cause));
    });
    child.once('exit', (code) => {
      reject(failed(`its launcher ended with ${code ?? 'a signal'} before it listened`));
    });
    // It must not keep a server that wants to end.
    child.unref();
    for (const stream of [child.stdin, child.stdout]) (stream as Partial<{ unref(): void }>).unref?.();
  });
}

function request(path: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    const chunks: Buffer[] = [];
    socket.once('connect', () => {
      socket.write(encodeWords(words));
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('error', (cause) => {
      reject(failed(`its launcher can't be reached: ${cause.message}`, cause));
    });
    socket.once('end', () => {
      resolve(Buffer.concat(chunks).toString());
    });
  });
}

/** u32be length, then each word with a zero byte behind it. */
export function encodeWords(words: readonly string[]): Buffer {
  const body = Buffer.from(words.map((word) => `${word}\0`).join(''));
  const header = Buffer.alloc(4);
  header.writeUInt32BE(body.length);
  return Buffer.concat([header, body]);
}

const failed = (reason: string, cause?: unknown): EngineError =>
  launcherFailed(`start a shim: ${reason}`, { cause, detail: { step: 'launch', exitCode: 125 } });
