// Drives slipway-layer (native/README.md): feeds it the bytes of one layer and reads its verdict. Knows no store.

import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { abortReason, anySignal } from '../base/abort.ts';
import { isErrno, launcherFailed } from '../base/errors.ts';
import { array, boolean, count, member, optional, string } from '../base/validate.ts';
import { digestField, type Digest } from '../oci/digest.ts';
import { growingFile } from './growing-file.ts';
import {
  ANSWER_FD,
  answerOf,
  endOf,
  GROWING_FD,
  parseVerdict,
  startTool,
  waitUnlessAborted,
  type Ending,
  type Tool,
  type ToolInput,
} from './tool.ts';
import { UnpackFailure } from './unpack-failure.ts';

/** The port to the layer tool; contract tests run on the real one and on the fake. */
export interface Unpacker {
  /**
   * Applies one layer to an empty directory in one pass, while its bytes come from the source, which are kept in the blob's
   * file; without a source that file has them. Rejects with an UnpackFailure when the tool refuses, with the source's error
   * when that fails; either way the tool has ended. What it left behind is the caller's to remove.
   */
  unpack(plan: UnpackPlan, source?: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<UnpackResult>;
  /** Brings everything on the directory's file system to the disk. */
  sync(directory: string): Promise<void>;
  /** The first difference between two unpacked layers, of which the first is right; undefined when they are the same. */
  compare(first: string, second: string): Promise<TreeDifference | undefined>;
}

export interface TreeDifference {
  /** Relative; `.` for the directory itself. */
  readonly path: string;
  /** `missing`, `added`, `type`, `mode`, `owner`, `content` …: slipway-layer's word. */
  readonly what: string;
}

export interface UnpackPlan {
  /** Exists and is empty. */
  readonly dest: string;
  /** The file of the compressed bytes; with a source it is made. */
  readonly blob: string;
  readonly digest: Digest;
  readonly size: number;
  readonly diffId: Digest;
  /** Every owner becomes 0:0. */
  readonly squashIds: boolean;
  /** Bytes that it may become; more is the failure TooLarge with the step `limit`. */
  readonly maxSize: number;
  /** The parents' directories, top first: for hard links into them. */
  readonly lower: readonly string[];
  /** Told now and then how many of the compressed bytes are unpacked. */
  readonly onUnpacked?: ((bytes: number) => void) | undefined;
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

/** Says that the blob's file has grown (native/README.md). */
const BELL = Buffer.of(1);

/** `program`: the path of slipway-layer. */
export function createUnpacker(binDirectory: string): Unpacker {
  const program = join(binDirectory, 'slipway-layer');
  return {
    unpack: async (plan, source, signal) => {
      signal?.throwIfAborted();
      const ending = source === undefined ? whole(program, plan, signal) : coming(program, plan, source, signal);
      return parseUnpacked(await ending);
    },
    sync: async (directory) => {
      const tool = await startTool(program, ['sync', directory]);
      const { code, signal, stderr } = await endOf(tool);
      if (code !== 0) throw launcherFailed(`slipway-layer sync failed (${signal ?? `exit ${code}`})${stderr}`);
    },
    compare: async (first, second) => {
      const tool = await startTool(program, ['compare', first, second]);
      const verdict = parseVerdict(await endOf(tool));
      if (boolean(member(verdict, 'same'))) return undefined;
      return { path: string(member(verdict, 'path')), what: string(member(verdict, 'what')) };
    },
  };
}

function argumentsOf(plan: UnpackPlan): readonly string[] {
  return [
    'unpack',
    ...['--dest', plan.dest],
    ...['--digest', plan.digest],
    ...['--size', String(plan.size)],
    ...['--diff-id', plan.diffId],
    ...['--max-size', String(plan.maxSize)],
    ...(plan.squashIds ? ['--squash-ids'] : []),
    ...plan.lower.flatMap((directory) => ['--lower', directory]),
    ...(plan.onUnpacked === undefined ? [] : ['--progress-fd', String(ANSWER_FD)]),
  ];
}

async function start(program: string, plan: UnpackPlan, input: ToolInput): Promise<Tool> {
  const growing = input.growing === undefined ? [] : ['--growing-fd', String(GROWING_FD)];
  const tool = await startTool(program, [...argumentsOf(plan), ...growing], input);
  if (plan.onUnpacked !== undefined) readProgress(tool, plan.onUnpacked);
  return tool;
}

// A tool that is killed may leave half a line, which says nothing; nobody would catch what is thrown here.
function readProgress(tool: Tool, take: (bytes: number) => void): void {
  const lines = answerOf(tool).on('error', () => undefined);
  createInterface({ input: lines }).on('line', (line) => {
    const told = /^\{"unpacked":(\d+)\}$/.exec(line)?.[1];
    if (told !== undefined) take(Number(told));
  });
}

/** The tool reads the file as its standard input. */
async function whole(program: string, plan: UnpackPlan, signal: AbortSignal | undefined): Promise<Ending> {
  await using blob = await fs.open(plan.blob, 'r');
  const tool = await start(program, plan, { stdin: blob.fd });
  return await waitUnlessAborted(tool, endOf(tool), signal);
}

/** The tool reads the file while it is written here: the bytes cross no pipe, and none is copied for it. */
async function coming(
  program: string,
  plan: UnpackPlan,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Ending> {
  await using written = await fs.open(plan.blob, 'wx', 0o600);
  await using read = await fs.open(plan.blob, 'r');
  const tool = await start(program, plan, { stdin: 'pipe', growing: read.fd });
  const ending = endOf(tool);
  const ended = new AbortController();
  tool.once('exit', () => {
    ended.abort();
  });
  const ring = (): void => {
    if (tool.stdin?.writableNeedDrain === false) tool.stdin.write(BELL);
  };
  try {
    const stop = anySignal(signal, ended.signal) ?? ended.signal;
    await pipeline(source, growingFile(written, ring), { signal: stop });
    tool.stdin?.end();
  } catch (error) {
    // The tool reads no more: its own verdict says why. Anything else is a failure of the source or of the file.
    if (signal?.aborted === true || !ended.signal.aborted) {
      tool.kill('SIGKILL');
      await ending;
      throw signal?.aborted === true ? abortReason(signal) : fileFailure(error, plan.blob);
    }
  }
  return await waitUnlessAborted(tool, ending, signal);
}

function fileFailure(error: unknown, path: string): unknown {
  if (!isErrno(error, 'ENOSPC') && !isErrno(error, 'EDQUOT')) return error;
  return new UnpackFailure('NoSpace', 'no space left on the file system', { step: 'write', path });
}

function parseUnpacked(ending: Ending): UnpackResult {
  const verdict = parseVerdict(ending);
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
