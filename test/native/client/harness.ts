// Starts the built thin client against the fake server, in directories of the test's own. Knows no test.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/** The program under test: `dist/bin/slipway`, or another build of it. */
export const CLIENT = process.env['SLIPWAY_TEST_CLIENT'] ?? join(root, 'dist/bin/slipway');
export const FAKE_SERVER = join(import.meta.dirname, 'fake-server.ts');

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Env = Readonly<Record<string, string | undefined>>;
export type Start = (command: string, args: readonly string[], env: Env) => ChildProcess;

const startHere: Start = (command, args, env) =>
  spawn(command, args, { env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env } });

/** Run and data directories of one test, and the client in them. */
export class Place {
  readonly directory: string;
  readonly run: string;
  readonly data: string;
  readonly env: Env;
  readonly #start: Start;

  constructor(start: Start = startHere, directory = mkdtempSync(join(tmpdir(), 'slipway-client-'))) {
    this.directory = directory;
    this.run = join(directory, 'run');
    this.data = join(directory, 'data');
    this.env = {
      SLIPWAY_RUN: this.run,
      SLIPWAY_DATA: this.data,
      SLIPWAY_NODE: process.execPath,
      SLIPWAY_SERVER: FAKE_SERVER,
    };
    this.#start = start;
  }

  /** Starts `slipway ARGS`. */
  spawn(args: readonly string[], env: Env = {}): ChildProcess {
    return this.#start(CLIENT, args, { ...this.env, ...env });
  }

  /** Runs `slipway ARGS` to its end with `input` as standard input. */
  async slipway(args: readonly string[], env: Env = {}, input = ''): Promise<Result> {
    const child = this.spawn(args, env);
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    return collect(child);
  }

  /** Runs a line of shell in which `$S` is the program. */
  shell(line: string, env: Env = {}): ChildProcess {
    return this.#start('/bin/sh', ['-c', line], { ...this.env, ...env, S: CLIENT });
  }

  /** Process id of the server, read from its lock; undefined when there was none. */
  serverPid(): number | undefined {
    return number(join(this.run, 'lock'));
  }

  holderPid(): number | undefined {
    return number(join(this.run, 'holder'));
  }

  /** Ends what this place started, and removes it. */
  async remove(): Promise<void> {
    await this.slipway(['server', 'stop']);
    const holder = this.holderPid();
    if (holder !== undefined && existsSync(`/proc/${holder}`)) process.kill(holder, 'SIGTERM');
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function number(file: string): number | undefined {
  const value = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : Number.NaN;
  return Number.isNaN(value) ? undefined : value;
}

/** Everything a process writes, and how it ends. */
export async function collect(child: ChildProcess): Promise<Result> {
  const streams = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => (streams[name] += text));
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, ...streams };
}

/** Waits until what the process writes to stdout contains `text`; the text so far. */
export async function until(child: ChildProcess, text: string): Promise<string> {
  let seen = '';
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    seen += String(chunk);
    if (seen.includes(text)) return seen;
  }
  throw new Error(`the process ended before it wrote ${JSON.stringify(text)}: ${JSON.stringify(seen)}`);
}
