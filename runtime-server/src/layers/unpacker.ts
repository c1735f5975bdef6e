// Drives slipway-layer (native/README.md): feeds it the bytes of one layer and reads its verdict. Knows no store.

import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { abortReason, isAbortError } from '../base/abort.ts';
import { EngineError, launcherFailed } from '../base/errors.ts';
import { array, boolean, count, member, optional, root, string } from '../base/validate.ts';
import { parseJson } from '../base/json.ts';
import { digestField, type Digest } from '../oci/digest.ts';
import {
  ANSWER_FD,
  answerOf,
  endOf,
  parseVerdict,
  startTool,
  waitUnlessAborted,
  type Ending,
  type Tool,
} from './tool.ts';

/** The port to the layer tool; contract tests run on the real one and on the fake. */
export interface Unpacker {
  /**
   * Applies one layer to an empty directory in one pass. Rejects with an UnpackFailure when the tool refuses, with the
   * source's error when that fails; either way the tool has ended. What it left behind is the caller's to remove.
   */
  unpack(plan: UnpackPlan, source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<UnpackResult>;
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

/** `program`: the path of slipway-layer. */
export function createUnpacker(binDirectory: string): Unpacker {
  const program = join(binDirectory, 'slipway-layer');
  return {
    unpack: async (plan, source, signal) => {
      signal?.throwIfAborted();
      const tool = await startTool(program, argumentsOf(plan));
      if (plan.onUnpacked !== undefined) readProgress(tool, plan.onUnpacked);
      return parseUnpacked(await run(tool, source, signal));
    },
    sync: async (directory) => {
      const tool = await startTool(program, ['sync', directory]);
      tool.stdin.end();
      const { code, signal, stderr } = await endOf(tool);
      if (code !== 0) throw launcherFailed(`slipway-layer sync failed (${signal ?? `exit ${code}`})${stderr}`);
    },
    compare: async (first, second) => {
      const tool = await startTool(program, ['compare', first, second]);
      tool.stdin.end();
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
    ...(plan.blob === undefined ? [] : ['--blob', plan.blob]),
    ...['--digest', plan.digest],
    ...['--size', String(plan.size)],
    ...['--diff-id', plan.diffId],
    ...['--max-size', String(plan.maxSize)],
    ...(plan.squashIds ? ['--squash-ids'] : []),
    ...plan.lower.flatMap((directory) => ['--lower', directory]),
    ...(plan.onUnpacked === undefined ? [] : ['--progress-fd', String(ANSWER_FD)]),
  ];
}

function readProgress(tool: Tool, take: (bytes: number) => void): void {
  createInterface({ input: answerOf(tool) }).on('line', (line) => {
    take(count(member(root(parseJson(line, "slipway-layer's progress")), 'unpacked')));
  });
}

async function run(tool: Tool, source: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<Ending> {
  const ending = endOf(tool);
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
