// One run of slipway-layer as a process: started, ended early when nobody wants it any more, its JSON line read. Knows no layer.

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { abortReason } from '../base/abort.ts';
import { launcherFailed } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { member, root, string, type Field } from '../base/validate.ts';
import { UnpackFailure } from './unpack-failure.ts';

export type Tool = ChildProcessByStdio<Writable | null, Readable, Readable>;

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it says, of which the last line is the verdict. */
  readonly answer: string;
  readonly stderr: string;
}

/** Where the tool is told to answer when its standard output is the layer, and to tell of its progress otherwise. */
export const ANSWER_FD = 3;
/** A file that grows, where the tool is given one. */
export const GROWING_FD = 4;

export interface ToolInput {
  readonly stdin?: number | 'pipe';
  readonly growing?: number;
}

const OUTPUT_MAX = 8 << 20;

/** Throws LauncherFailed when the program can't be started. */
export async function startTool(program: string, args: readonly string[], input: ToolInput = {}): Promise<Tool> {
  const { stdin = 'ignore', growing = 'ignore' } = input;
  const child = spawn(program, args, { stdio: [stdin, 'pipe', 'pipe', 'pipe', growing], env: {}, cwd: '/' });
  const tool = child as unknown as Tool;
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

/** Its end. `answer`: its standard output, unless that is the layer. Somebody must read the other stream. */
export async function endOf(tool: Tool, answer: Readable = tool.stdout): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<readonly [number | null, NodeJS.Signals | null]>();
  tool.once('close', (code, signal) => {
    resolve([code, signal]);
  });
  tool.on('error', () => undefined);
  tool.stdin?.on('error', () => undefined);
  const [text, stderr, [code, signal]] = await Promise.all([collect(answer), collect(tool.stderr), promise]);
  return { code, signal, answer: text, stderr: stderr.trim() === '' ? '' : `: ${stderr.trim().slice(0, 1000)}` };
}

/** The pipe of {@link ANSWER_FD}. */
export function answerOf(tool: Tool): Readable {
  return (tool.stdio as readonly unknown[])[ANSWER_FD] as Readable;
}

/** Waits for the end, which the signal's abort hastens. */
export async function waitUnlessAborted(tool: Tool, ending: Promise<Ending>, signal?: AbortSignal): Promise<Ending> {
  const stop = killOnAbort(tool, signal);
  try {
    const ended = await ending;
    if (signal?.aborted === true) throw abortReason(signal);
    return ended;
  } finally {
    stop();
  }
}

/** Kills the tool when the signal aborts, until what it returns is called. */
export function killOnAbort(tool: Tool, signal: AbortSignal | undefined): () => void {
  const kill = (): void => {
    tool.kill('SIGKILL');
  };
  signal?.addEventListener('abort', kill, { once: true });
  if (signal?.aborted === true) kill();
  return () => signal?.removeEventListener('abort', kill);
}

/** The members of a good answer; throws UnpackFailure for a bad one, LauncherFailed when there is none. */
export function parseVerdict({ code, signal, answer, stderr }: Ending): Field {
  if (answer.trim() === '') {
    throw launcherFailed(`slipway-layer ended without a word (${signal ?? `exit ${code}`})${stderr}`);
  }
  const verdict = root(parseJson(answer, "slipway-layer's answer"));
  if (string(member(verdict, 'status')) !== 'ok') throw UnpackFailure.from(verdict);
  return verdict;
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
