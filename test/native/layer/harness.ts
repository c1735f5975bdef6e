// Runs the built slipway-layer on bytes, as root and inside a user namespace. Knows no archive.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { ordinaryUser, withoutOrdinaryUser } from '../../support/ordinary-user.ts';

export const LAYER = process.env['SLIPWAY_TEST_LAYER'] ?? join(import.meta.dirname, '../../../dist/bin/slipway-layer');

export interface Answer {
  readonly status: 'ok' | 'error';
  readonly digest?: string;
  readonly size?: number;
  readonly diffId?: string;
  readonly diffSize?: number;
  readonly entries?: number;
  readonly bytes?: number;
  readonly compression?: string;
  readonly implied?: readonly string[];
  readonly skipped?: readonly string[];
  readonly changes?: number;
  readonly code?: string;
  readonly step?: string;
  readonly path?: string;
  readonly errno?: number;
  readonly message?: string;
}

export interface Unpacked extends Answer {
  readonly exit: number | null;
  /** The unpacked tree. */
  readonly dest: string;
}

export interface Packed extends Answer {
  readonly exit: number | null;
  /** Path of the layer. */
  readonly blob: string;
}

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

type Start = (args: readonly string[]) => ChildProcess;

/** A directory for trees, and the way the tool is started in it. */
export class Bench {
  readonly directory: string;
  readonly #start: Start;
  readonly #owner: readonly [number, number] | undefined;
  #count = 0;

  constructor(directory: string, start: Start, owner?: readonly [number, number]) {
    this.directory = directory;
    this.#start = start;
    this.#owner = owner;
  }

  /** A new empty directory. */
  empty(): string {
    const path = join(this.directory, `tree${(this.#count += 1)}`, 'fs');
    mkdirSync(path, { recursive: true });
    for (const one of [dirname(path), path]) if (this.#owner !== undefined) chownSync(one, ...this.#owner);
    return path;
  }

  async run(
    args: readonly string[],
    input: Uint8Array | AsyncIterable<Uint8Array>,
  ): Promise<Answer & { exit: number | null }> {
    const { lines, exit } = await this.lines(args, input);
    if (lines.length !== 1) throw new Error(`slipway-layer ${args.join(' ')}: ${lines.length} lines`);
    return { ...(JSON.parse(lines[0]!) as Answer), exit };
  }

  /** The tool's output as lines, of which the last one is the answer. */
  async lines(
    args: readonly string[],
    input: Uint8Array | AsyncIterable<Uint8Array> = new Uint8Array(),
  ): Promise<{ lines: readonly string[]; exit: number | null }> {
    const child = this.#start(args);
    void feed(child, input);
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
    }
    const exit = await new Promise<number | null>((resolve) => child.once('close', resolve));
    if (texts.stderr !== '' || !texts.stdout.endsWith('}\n')) {
      throw new Error(`slipway-layer ${args.join(' ')}: exit ${exit}, ${texts.stdout}, ${texts.stderr}`);
    }
    return { lines: texts.stdout.trimEnd().split('\n'), exit };
  }

  async unpack(input: Uint8Array | AsyncIterable<Uint8Array>, ...args: readonly string[]): Promise<Unpacked> {
    const dest = this.empty();
    const answer = await this.run(['unpack', '--dest', dest, ...args], input);
    const beside = readdirSync(dirname(dest));
    if (beside.length !== 1) throw new Error(`something was made beside the root: ${beside.join(' ')}`);
    return { ...answer, dest };
  }

  /** Packs a tree into a file. */
  async pack(upper: string, ...args: readonly string[]): Promise<Packed> {
    const blob = join(dirname(this.empty()), 'layer');
    return { ...(await this.run(['pack', '--upper', upper, '--blob', blob, ...args], new Uint8Array())), blob };
  }

  /** The changes as docker prints them: `A /path`. */
  async diff(upper: string, ...args: readonly string[]): Promise<readonly string[]> {
    const { lines, exit } = await this.lines(['diff', '--upper', upper, ...args]);
    const answer = JSON.parse(lines.at(-1)!) as Answer;
    if (exit !== 0 || answer.changes !== lines.length - 1) throw new Error(lines.join('\n'));
    return lines.slice(0, -1).map((line) => {
      const { kind, path } = JSON.parse(line) as { kind: string; path: string };
      return `${kind} ${path}`;
    });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

// The tool may stop reading before the end: its answer says why.
async function feed(child: ChildProcess, input: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  const source = input instanceof Uint8Array ? [input] : input;
  await pipeline(Readable.from(source), child.stdin!).catch(() => undefined);
}

/** As this process. */
export function plainBench(): Bench {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-layer-'));
  return new Bench(directory, (args) => spawn(LAYER, args));
}

export const withoutNamespace = withoutOrdinaryUser;

/** As an ordinary user, root of a user namespace with its ranges. */
export function namespaceBench(options: readonly string[] = ['--map-root-user', '--map-auto']): Bench {
  const user = ordinaryUser();
  const directory = mkdtempSync(join(tmpdir(), 'slipway-layer-'));
  const program = join(directory, 'bin/slipway-layer');
  chmodSync(directory, 0o755);
  mkdirSync(dirname(program));
  copyFileSync(LAYER, program);
  const library = join(dirname(LAYER), 'libisal.so.2');
  if (existsSync(library)) copyFileSync(library, join(dirname(program), 'libisal.so.2'));
  const start: Start = (args) => user.runAs('unshare', ['--user', ...options, program, ...args]);
  return new Bench(directory, start, [user.uid, user.gid]);
}

/** Every path below `directory` with type, mode, size, link count and time: two trees that compare equal are the same to a program. */
export function listing(directory: string, at = ''): string[] {
  return readdirSync(join(directory, at))
    .sort()
    .flatMap((name) => {
      const path = join(at, name);
      const st = lstatSync(join(directory, path), { bigint: true });
      const size = st.isDirectory() ? '' : st.size;
      const line = `${path} ${st.mode.toString(8)} ${st.uid}:${st.gid} ${size} ${st.isDirectory() ? '' : st.nlink} ${st.mtimeNs}`;
      return st.isDirectory() ? [line, ...listing(directory, path)] : [line];
    });
}

/** The extended attributes of a file as pax records (`… SCHILY.xattr.NAME=VALUE`). */
export function attributesOf(path: string): string {
  const args = ['-c', '--format=posix', '--xattrs', '--xattrs-include=*', '-C', dirname(path), basename(path)];
  return execFileSync('tar', args, { encoding: 'latin1' });
}
