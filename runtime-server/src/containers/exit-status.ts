// The exit.json that a shim leaves behind (native/README.md), read with distrust, and what it means for a container.

import { readFile } from 'node:fs/promises';
import type { RunState } from './record.ts';

export interface ExitStatus {
  readonly exitCode: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Present when the kernel's OOM killer has hit it. */
  readonly oomKilled?: true;
}

/** The status in `path`; undefined when there is none or it makes no sense. */
export async function readExitStatus(path: string): Promise<ExitStatus | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseExitStatus(text);
}

export function parseExitStatus(text: string): ExitStatus | undefined {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof ExitStatus, unknown>>;
    const { exitCode, startedAt, finishedAt, oomKilled } = value;
    if (typeof exitCode !== 'number' || typeof startedAt !== 'string' || typeof finishedAt !== 'string')
      return undefined;
    return { exitCode, startedAt, finishedAt, ...(oomKilled === true ? { oomKilled } : {}) };
  } catch {
    return undefined;
  }
}

/** The state after a run: as the shim left it, or 137 (128+SIGKILL) with the reason when the shim itself was killed. */
export function endedState(
  before: RunState,
  end: { readonly how: 'exit' | 'lost' },
  status: ExitStatus | undefined,
  now: Date,
): RunState {
  if (status !== undefined) return { state: 'exited', ...status };
  const started = before.startedAt === undefined ? {} : { startedAt: before.startedAt };
  const error = end.how === 'lost' ? 'its shim was killed' : 'its exit status could not be written';
  return { state: 'exited', ...started, finishedAt: now.toISOString(), exitCode: 137, error };
}
