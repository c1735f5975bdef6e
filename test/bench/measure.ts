// Timing commands in turn (A B A B …), so that a machine whose speed drifts drifts for all. Whole processes, wall time.

import { spawn } from 'node:child_process';

export interface Contestant {
  readonly name: string;
  /** The same words each time, or those of a round (0 for the first, the one for warmth). */
  readonly command: readonly string[] | ((round: number) => readonly string[]);
  readonly env?: Readonly<Record<string, string>>;
  /** Runs before each timed run, not timed. */
  readonly before?: () => Promise<void>;
}

export interface Timing {
  readonly name: string;
  /** Milliseconds, one per round, in the order they ran. */
  readonly runs: readonly number[];
}

export interface Outcome {
  readonly title: string;
  readonly timings: readonly Timing[];
}

/** Runs each contestant once for warmth, then `rounds` rounds of all in turn. Throws when one fails. */
export async function measure(title: string, contestants: readonly Contestant[], rounds: number): Promise<Outcome> {
  const runs = new Map<string, number[]>(contestants.map((contestant) => [contestant.name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const contestant of contestants) {
      await contestant.before?.();
      const milliseconds = await time(contestant, round + 1);
      if (round >= 0) runs.get(contestant.name)?.push(milliseconds);
    }
  }
  return { title, timings: [...runs].map(([name, times]) => ({ name, runs: times })) };
}

async function time({ command, env }: Contestant, round: number): Promise<number> {
  const words = typeof command === 'function' ? command(round) : command;
  const [program = '', ...args] = words;
  const begin = performance.now();
  const { status, output } = await new Promise<{ status: number | null; output: string }>((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ status: code, output: text });
    });
  });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}:\n${output}`);
  return performance.now() - begin;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** A table: minimum, median, maximum in milliseconds, and how many times the first one's median the others take. */
export function formatOutcome({ title, timings }: Outcome): string {
  const first = median(timings[0]?.runs ?? []);
  const rows = timings.map(({ name, runs }) => {
    const cells = [Math.min(...runs), median(runs), Math.max(...runs)].map((value) => value.toFixed(1).padStart(9));
    return `  ${name.padEnd(28)}${cells.join('')}   ${(median(runs) / first).toFixed(2).padStart(6)}x`;
  });
  return `${title} (${timings[0]?.runs.length ?? 0} rounds, ms)\n  ${''.padEnd(28)}${['min', 'median', 'max'].map((word) => word.padStart(9)).join('')}   of first\n${rows.join('\n')}\n`;
}
