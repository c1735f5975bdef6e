// Drives slipway-layer (native/README.md): feeds it the bytes of one layer and reads its verdict. Knows no store.

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { abortReason, isAbortError } from '../base/abort.ts';
import { EngineError, launcherFailed } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { array, count, member, optional, root, string } from '../base/validate.ts';
import { digestField, type Digest } from '../oci/digest.ts';
import { UnpackFailure } from './unpack-failure.ts';

/** The port to the layer tool; contract tests run on the real one and on the fake. */
export interface Unpacker {
  /**
   * Applies one layer to an empty directory in one pass. Rejects with an UnpackFailure when the tool refuses, with the
   * source's error when that fails; either way the tool has ended. What it left behind is the caller's to remove.
   */
  unpack(plan: UnpackPlan, source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<UnpackResult>;
  /** Brings everything on the directory's file system to the disk. */
  sync(directory: string): Promise<void>;
}

export interface UnpackPlan {
  /** Exists and is empty. */
  readonly dest: string;
  /** Where the compressed bytes are written; absent: nowhere. */
  readonly blob?: string;
  readonly digest: Digest;
  readonly size: number;
  readonly diffId: Digest;
  /** Every owner becomes 0:0. */
  readonly squashIds: boolean;
  /** Bytes that it may become; more is the failure TooLarge with the step `limit`. */
  readonly maxSize: number;
  /** The parents' directories, top first: for hard links into them. */
  readonly lower: readonly string[];
}

export interface UnpackResult {
  readonly digest: Digest;
  readonly size: number;
  readonly diffId: Digest;
  readonly diffSize: number;
  readonly entries: number;
  /** Of file content. */
  readonly bytes: number;
  /** Directories that no entry made, parents before children: their owner and mode are a guess. */
  readonly implied: readonly string[];
}

const OUTPUT_MAX = 8 << 20;
type Tool = ChildProcessByStdio<Writable, Readable, Readable>;

/** `program`: the path of slipway-layer. */
export function createUnpacker(binDirectory: string): Unpacker {
  const program = join(binDirectory, 'slipway-layer');
  return {
    unpack: async (plan, source, signal) => {
      signal?.throwIfAborted();
      const tool = await start(program, argumentsOf(plan));
      return parseVerdict(await run(tool, source, signal));
    },
    sync: async (directory) => {
      const tool = await start(program, ['sync', directory]);
      tool.stdin.end();
      const { code, signal, stderr } = await finish(tool);
      if (code !== 0) throw launcherFailed(`slipway-layer sync failed (${signal ?? `exit ${code}`})${stderr}`);
    },
  };
}

function argumentsOf(plan: UnpackPlan): readonly string[] {
  return [
    'unpack',
    ...['--dest', plan.dest],
    ...(plan.blob === undefined ? [] : ['--blob', plan.blob]),
    ...['--digest', plan.digest],
    ...['--size', String(plan.size)],
    ...['--diff-id', plan.diffId],
    ...['--max-size', String(plan.maxSize)],
    ...(plan.squashIds ? ['--squash-ids'] : []),
    ...plan.lower.flatMap((directory) => ['--lower', directory]),
  ];
}

async function start(program: string, args: readonly string[]): Promise<Tool> {
  const tool = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: {}, cwd: '/' });
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  tool.once('spawn', () => {
    resolve(undefined);
  });
  tool.once('error', reject);
  try {
    await promise;
  } catch (error) {
    throw launcherFailed("slipway-layer can't be started", {
      cause: error,
      hint: 'Build or install Slipway again: its native programs are missing or damaged.',
      detail: { step: 'spawn', path: program, errno: (error as NodeJS.ErrnoException).code ?? '' },
    });
  }
  return tool;
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(tool: Tool, source: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<Ending> {
  const ending = finish(tool);
  try {
    await pipeline(source, tool.stdin, signal === undefined ? {} : { signal });
  } catch (error) {
    // The tool reads no more (EPIPE): its own verdict says why. Anything else is the source's failure.
    if (isAbortError(error) || error instanceof EngineError || !isBrokenPipe(error)) {
      tool.kill('SIGKILL');
      await ending;
      throw signal?.aborted === true ? abortReason(signal) : error;
    }
  }
  return waitUnlessAborted(tool, ending, signal);
}

// All bytes are handed over; the tool is still writing files.
async function waitUnlessAborted(tool: Tool, ending: Promise<Ending>, signal?: AbortSignal): Promise<Ending> {
  const kill = (): void => {
    tool.kill('SIGKILL');
  };
  signal?.addEventListener('abort', kill, { once: true });
  if (signal?.aborted === true) kill();
  try {
    const ended = await ending;
    if (signal?.aborted === true) throw abortReason(signal);
    return ended;
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

async function finish(tool: Tool): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<readonly [number | null, NodeJS.Signals | null]>();
  tool.once('close', (code, signal) => {
    resolve([code, signal]);
  });
  tool.on('error', () => undefined);
  tool.stdin.on('error', () => undefined);
  const [stdout, stderr, [code, signal]] = await Promise.all([collect(tool.stdout), collect(tool.stderr), promise]);
  return { code, signal, stdout, stderr: stderr.trim() === '' ? '' : `: ${stderr.trim().slice(0, 1000)}` };
}

async function collect(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= OUTPUT_MAX) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseVerdict({ code, signal, stdout, stderr }: Ending): UnpackResult {
  if (stdout.trim() === '') {
    throw launcherFailed(`slipway-layer ended without a word (${signal ?? `exit ${code}`})${stderr}`);
  }
  const verdict = root(parseJson(stdout, "slipway-layer's answer"));
  if (string(member(verdict, 'status')) !== 'ok') throw UnpackFailure.from(verdict);
  return {
    digest: digestField(member(verdict, 'digest')),
    size: count(member(verdict, 'size')),
    diffId: digestField(member(verdict, 'diffId')),
    diffSize: count(member(verdict, 'diffSize')),
    entries: count(member(verdict, 'entries')),
    bytes: count(member(verdict, 'bytes')),
    implied: optional(member(verdict, 'implied'), (field) => array(field, string)) ?? [],
  };
}

function isBrokenPipe(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return [
    'EPIPE',
    'ECONNRESET',
    'ERR_STREAM_PREMATURE_CLOSE',
    'ERR_STREAM_DESTROYED',
    'ERR_STREAM_WRITE_AFTER_END',
  ].includes(code ?? '');
}
