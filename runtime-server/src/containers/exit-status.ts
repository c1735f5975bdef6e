// The exit.json that a shim leaves behind (native/README.md), read with distrust.

import { readFile } from 'node:fs/promises';

export interface ExitStatus {
  readonly exitCode: number;
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** The status in `path`; undefined when there is none or it makes no sense. */
export async function readExitStatus(path: string): Promise<ExitStatus | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseExitStatus(text);
}

export function parseExitStatus(text: string): ExitStatus | undefined {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof ExitStatus, unknown>>;
    const { exitCode, startedAt, finishedAt } = value;
    if (typeof exitCode !== 'number' || typeof startedAt !== 'string' || typeof finishedAt !== 'string')
      return undefined;
    return { exitCode, startedAt, finishedAt };
  } catch {
    return undefined;
  }
}
