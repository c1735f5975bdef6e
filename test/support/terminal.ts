// A real terminal for a person: a tmux of its own that runs one command. Keys in, screen out.

import { execFileSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { collect, type World } from './world.ts';

export interface Terminal {
  /** Types text as a person would. */
  type(text: string): Promise<void>;
  /** Presses keys by tmux's names: `Enter`, `C-c`, `C-p`. */
  press(...keys: readonly string[]): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  screen(): Promise<string>;
  /** The screen as soon as it matches. Rejects with the screen after `seconds`. */
  waitFor(pattern: RegExp, seconds?: number): Promise<string>;
  close(): Promise<void>;
}

let count = 0;

/** Runs `command` (words for sh) in a terminal of 80 × 24. The command's exit status is shown as `[status N]`. */
export async function openTerminal(world: World, command: string): Promise<Terminal> {
  const socket = join(world.directory, `tmux-${++count}`);
  const tmux = async (...args: readonly string[]): Promise<string> => {
    const child: ChildProcess = world.start('tmux', ['-S', socket, '-f', '/dev/null', ...args], { stdio: 'pipe' });
    const { status, stdout, stderr } = await collect(child);
    if (status !== 0) throw new Error(`tmux ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  await tmux('new-session', '-d', '-s', 't', '-x', '80', '-y', '24', `${command}; echo "[status $?]"; exec cat`);
  const screen = (): Promise<string> => tmux('capture-pane', '-p', '-t', 't');
  return {
    type: async (text) => {
      await tmux('send-keys', '-t', 't', '-l', text);
    },
    press: async (...keys) => {
      await tmux('send-keys', '-t', 't', ...keys);
    },
    resize: async (columns, rows) => {
      await tmux('resize-window', '-t', 't', '-x', String(columns), '-y', String(rows));
    },
    screen,
    waitFor: async (pattern, seconds = 20) => {
      const end = Date.now() + seconds * 1000;
      for (;;) {
        const text = await screen();
        if (pattern.test(text)) return text;
        if (Date.now() > end) throw new Error(`the terminal never showed ${String(pattern)}:\n${text}`);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    },
    close: async () => {
      await tmux('kill-server').catch(() => undefined);
    },
  };
}

/** Why there are no terminals here; undefined when there are. */
export function withoutTerminal(): string | undefined {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'needs tmux';
  }
}
