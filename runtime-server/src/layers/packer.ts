// Drives slipway-layer the other way (native/README.md): what a container has changed as a layer, all that it sees as an
// archive, and the list of its changes. Knows no store.

import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Change } from '../../protocol/models.ts';
import { abortReason } from '../base/abort.ts';
import { internal, noSpace, unsupported, type EngineError } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { array, count, has, member, quote, root, string } from '../base/validate.ts';
import { digestField, type Digest } from '../oci/digest.ts';
import {
  ANSWER_FD,
  answerOf,
  endOf,
  killOnAbort,
  parseVerdict,
  startTool,
  waitUnlessAborted,
  type Ending,
} from './tool.ts';
import { UnpackFailure } from './unpack-failure.ts';

/** A container's own files, in overlay's form. */
export interface Upper {
  /** The directories that they are in, top first. */
  readonly uppers: readonly string[];
  /** Relative names that are left out while nothing is in them: the places of the engine's mounts. */
  readonly hide: readonly string[];
}

/** With the directories below it, top first. */
export interface Stacked extends Upper {
  readonly lower: readonly string[];
}

export interface PackedLayer {
  readonly digest: Digest;
  /** Bytes of the blob. */
  readonly size: number;
  readonly diffId: Digest;
  /** Names of what a layer can't hold: sockets. */
  readonly skipped: readonly string[];
}

/** Failures are EngineErrors of a reason alone; an aborted signal's own reason. Either way the tool has ended. */
export interface Packer {
  /** Writes the layer of what they change to the file `blob`, compressed with gzip. A file left behind is the caller's. */
  pack(upper: Upper, blob: string, signal: AbortSignal): Promise<PackedLayer>;
  /** The whole root file system as a tar archive. */
  archive(trees: Stacked, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined>;
  /** Directories before what is in them. */
  changes(trees: Stacked, signal: AbortSignal): AsyncGenerator<Change, void, undefined>;
  /** Copies a directory in overlay's form to an empty one; `shell`: only its own owner, mode and attributes. */
  copy(from: string, to: string, options: CopyOptions): Promise<void>;
  /** Brings all of that file system to the disk. */
  sync(directory: string): Promise<void>;
}

export interface CopyOptions {
  readonly shell?: boolean;
  readonly signal?: AbortSignal;
}

export function createPacker(binDirectory: string): Packer {
  const program = join(binDirectory, 'slipway-layer');
  return {
    pack: (upper, blob, signal) => explained(() => pack(program, upper, blob, signal)),
    archive: (trees, signal) => archive(program, trees, signal),
    changes: (trees, signal) => changes(program, trees, signal),
    copy: (from, to, { shell = false, signal }) =>
      explained(() => answer(program, ['copy', ...(shell ? ['--shell'] : []), from, to], signal)),
    sync: (directory) => explained(() => answer(program, ['sync', directory])),
  };
}

// For what has nothing to say but that it is done.
async function answer(program: string, words: readonly string[], signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const tool = await startTool(program, words);
  parseVerdict(await waitUnlessAborted(tool, endOf(tool), signal));
}

async function pack(program: string, upper: Upper, blob: string, signal: AbortSignal): Promise<PackedLayer> {
  signal.throwIfAborted();
  const words = ['pack', ...upperWords(upper), '--compression', 'gzip', '--blob', blob];
  const tool = await startTool(program, words);
  const verdict = parseVerdict(await waitUnlessAborted(tool, endOf(tool), signal));
  return {
    digest: digestField(member(verdict, 'digest')),
    size: count(member(verdict, 'size')),
    diffId: digestField(member(verdict, 'diffId')),
    skipped: array(member(verdict, 'skipped'), string),
  };
}

// Nothing is hidden: docker's export has those places too.
async function* archive(
  program: string,
  { uppers, lower }: Stacked,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal.throwIfAborted();
  const words = ['pack', ...stackWords({ uppers, lower, hide: [] }), '--answer-fd', String(ANSWER_FD)];
  yield* reading(program, words, signal, async function* (output, ending) {
    yield* output as AsyncIterable<Buffer>;
    parseVerdict(await ending);
  });
}

async function* changes(program: string, trees: Stacked, signal: AbortSignal): AsyncGenerator<Change, void, undefined> {
  signal.throwIfAborted();
  yield* reading(program, ['diff', ...stackWords(trees)], signal, async function* (output, ending) {
    let answer = '';
    for await (const line of createInterface({ input: output })) {
      const change = parseChange(line);
      if (change === undefined)
        answer = line; // the last one
      else yield change;
    }
    parseVerdict({ ...(await ending), answer });
  });
}

// One run of the tool whose output is read as it comes; it ends with the reading, whoever ends that.
async function* reading<T>(
  program: string,
  words: readonly string[],
  signal: AbortSignal,
  read: (output: Readable, ending: Promise<Ending>) => AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
  const tool = await startTool(program, words);
  const stop = killOnAbort(tool, signal);
  const ending = endOf(tool, answerOf(tool));
  try {
    yield* read(tool.stdout, ending);
  } catch (error) {
    if (signal.aborted) throw abortReason(signal);
    throw error instanceof UnpackFailure ? toPackError(error) : error;
  } finally {
    stop();
    tool.kill('SIGKILL');
    tool.stdout.destroy();
    await ending;
  }
}

function parseChange(line: string): Change | undefined {
  const fields = root(parseJson(line, "slipway-layer's change"));
  if (!has(fields, 'kind')) return undefined;
  return { kind: string(member(fields, 'kind')) as Change['kind'], path: string(member(fields, 'path')) };
}

function upperWords({ uppers, hide }: Upper): readonly string[] {
  return [...uppers.flatMap((directory) => ['--upper', directory]), ...hide.flatMap((name) => ['--hide', name])];
}

function stackWords(trees: Stacked): readonly string[] {
  return [...upperWords(trees), ...trees.lower.flatMap((directory) => ['--lower', directory])];
}

async function explained<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw error instanceof UnpackFailure ? toPackError(error) : error;
  }
}

function toPackError(failure: UnpackFailure): EngineError {
  const { step, path, errno, code, message } = failure;
  const options = { cause: failure, detail: { step, path, errno, kind: code } };
  if (code === 'NoSpace')
    return noSpace('no space left on the disk', {
      ...options,
      hint: 'Free some space, for example with `slipway rmi`.',
    });
  const where = path === '' ? step : `${step} ${quote(path)}`;
  return code === 'Refused' || code === 'TooLarge'
    ? unsupported(`${where}: ${message}`, { ...options, hint: 'No archive can hold this file: remove or rename it.' })
    : internal(`${where}: ${message}`, options);
}
