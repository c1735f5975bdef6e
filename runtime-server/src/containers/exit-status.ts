// The exit.json that a shim leaves behind (native/README.md), read with distrust, and what it means for a container.

import { readFile } from 'node:fs/promises';
import { compact } from '../base/validate.ts';
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

/** How a run ended: the shim said so, it is gone without a word, or the whole machine was restarted meanwhile. */
export type RunEnd = 'exit' | 'lost' | 'reboot';

/**
 * The state after a run: as the shim left it, or 137 (128+SIGKILL) with the reason when the shim itself was killed; 255, as in docker,
 * when the machine was restarted. What is known of stops, restarts and the boot stays.
 */
export function endedState(before: RunState, end: RunEnd, status: ExitStatus | undefined, now: Date): RunState {
  const { stopped, restarts, boot, startedAt } = before;
  // As in docker: what does not run is not healthy.
  const health = before.health && { ...before.health, status: 'unhealthy' as const };
  const kept = compact({ stopped, restarts, boot, health });
  if (status !== undefined) return { state: 'exited', ...kept, ...status };
  const started = compact({ startedAt });
  const [exitCode, error] = UNSEEN[end];
  return { state: 'exited', ...kept, ...started, finishedAt: now.toISOString(), exitCode, error };
}

const UNSEEN: Readonly<Record<RunEnd, readonly [exitCode: number, error: string]>> = {
  exit: [137, 'its exit status could not be written'],
  lost: [137, 'its shim was killed'],
  reboot: [255, 'the machine was restarted while it ran'],
};
