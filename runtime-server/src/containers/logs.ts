// Reading a container's log (Docker's json-file lines): the last lines, a span of time, and what is appended while one follows,
// across the files that it is kept in. Memory does not grow with the log: files are read in pieces, for the tail from their end.

import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { unavailable } from '../base/errors.ts';
import type { Schedule } from '../base/schedule.ts';
import { isReplaced, openLogFiles, type LogFile } from './log-files.ts';

export interface LogEntry {
  /** With its newline, but for the parts of a long line. */
  readonly log: string;
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
}

export interface LogOptions {
  readonly path: string;
  /** How many files there may be. */
  readonly files: number;
  /** Number of entries from the end; all when absent. */
  readonly tail?: number | undefined;
  /** Only entries from then on. */
  readonly since?: Date | undefined;
  /** Only entries up to then; nothing is followed any further. */
  readonly until?: Date | undefined;
  /** Go on until this settles: the container's end. */
  readonly end?: Promise<unknown> | undefined;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly schedule: Schedule;
}

/** The entries of the log in order; with `end` also those still to come. A container that never ran has none. */
export async function* readLog(options: LogOptions): AsyncGenerator<LogEntry> {
  const { path, files, tail, since, until, end } = options;
  const reader = new LogReader(path, files);
  try {
    if (tail !== undefined) await reader.skipToTail(tail);
    for await (const entry of end === undefined ? reader.entries() : follow(reader, options, end)) {
      const time = Date.parse(entry.time);
      if (until !== undefined && time > until.getTime()) return;
      if (since === undefined || time >= since.getTime()) yield entry;
    }
  } finally {
    reader.close();
  }
}

/** Reads on at each change the kernel reports (inotify), and once more after the end. */
async function* follow(reader: LogReader, options: LogOptions, end: Promise<unknown>): AsyncGenerator<LogEntry> {
  const { path, until, signal, now, schedule } = options;
  let wake = Promise.withResolvers<void>();
  let ended = false;
  const notify = (): void => {
    wake.resolve();
  };
  const stop = (): void => {
    ended = true;
    notify();
  };
  const watcher = watchLog(path, notify);
  const cancel = until === undefined ? undefined : schedule(Math.max(0, until.getTime() - now().getTime()), stop);
  signal.addEventListener('abort', stop, { once: true });
  void end.then(stop, stop);
  try {
    for (;;) {
      const last = isSet(() => ended);
      if (signal.aborted) return;
      yield* reader.entries();
      if (last) return;
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
  } finally {
    watcher.close();
    cancel?.();
    signal.removeEventListener('abort', stop);
  }
}

/** Its folder, since the log becomes another file. inotify(7): its limits come as ENOSPC and EMFILE, which would read like a full disk. */
function watchLog(path: string, notify: () => void): FSWatcher {
  try {
    return watch(dirname(path), (_, name) => {
      if (name === null || name === basename(path)) notify();
    });
  } catch (cause) {
    throw unavailable('follow log: this user’s inotify limit is reached', {
      cause,
      hint: 'sudo sysctl -w fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=1024',
    });
  }
}

/** Reads a variable that callbacks change; the compiler would think it constant. */
const isSet = (read: () => boolean): boolean => read();

class LogReader {
  private readonly path: string;
  private readonly count: number;
  /** The oldest first; the last is read on while it grows. */
  private files: LogFile[];

  constructor(path: string, count: number) {
    this.path = path;
    this.count = count;
    this.files = openLogFiles(path, count);
  }

  async skipToTail(lines: number): Promise<void> {
    let missing = lines;
    for (let index = this.files.length - 1; index >= 0; index--) {
      missing = (await this.files[index]?.seekTail(missing)) ?? 0;
      if (missing === 0) {
        for (const file of this.files.splice(0, index)) file.close();
        return;
      }
    }
  }

  /** The entries from where the last call stopped to the present end of the log. */
  async *entries(): AsyncGenerator<LogEntry> {
    if (this.files.length === 0) this.files = openLogFiles(this.path, this.count);
    for (let [file] = this.files; file !== undefined; [file] = this.files) {
      // Asked before it is read: then what is read of a replaced one is all of it.
      const finished = this.files.length > 1 || isReplaced(this.path, file);
      for await (const line of file.lines()) {
        const entry = parseLogLine(line);
        if (entry !== undefined) yield entry;
      }
      if (!finished || !this.next(file)) return;
    }
  }

  close(): void {
    for (const file of this.files.splice(0)) file.close();
  }

  /** Leaves a finished file for those after it; false when they can't be told at the moment. */
  private next(file: LogFile): boolean {
    if (this.files.length > 1) {
      this.files.shift();
    } else {
      const present = openLogFiles(this.path, this.count);
      const known = present.splice(0, present.findIndex(({ inode }) => inode === file.inode) + 1);
      for (const old of known) old.close();
      if (present.length === 0) return false;
      this.files = present;
    }
    file.close();
    return true;
  }
}

/** One json-file line; undefined for anything else, which a full disk or a crash may have left. */
export function parseLogLine(line: string): LogEntry | undefined {
  try {
    const { log, stream, time } = JSON.parse(line) as Partial<LogEntry>;
    if (typeof log !== 'string' || typeof time !== 'string' || (stream !== 'stdout' && stream !== 'stderr'))
      return undefined;
    return { log, stream, time };
  } catch {
    return undefined;
  }
}
