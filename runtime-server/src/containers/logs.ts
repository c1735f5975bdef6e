// Reading a container's log (Docker's json-file lines): the last lines, and what is appended while one follows.
// Memory does not grow with the log: the file is read in pieces, for the tail from its end.

import { watch, type FSWatcher } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { isErrno, unavailable } from '../base/errors.ts';

export interface LogEntry {
  /** With its newline, but for the parts of a long line. */
  readonly log: string;
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
}

export interface LogOptions {
  readonly path: string;
  /** Number of entries from the end; all when absent. */
  readonly tail?: number;
  /** Go on until this settles: the container's end. */
  readonly until?: Promise<unknown>;
  readonly signal: AbortSignal;
}

const PIECE = 64 * 1024;
const NEWLINE = 0x0a;

/** The entries of the log in order; with `until` also those still to come. A container that never ran has none. */
export async function* readLog(options: LogOptions): AsyncGenerator<LogEntry> {
  const file = await open(options.path, 'r').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (file === undefined) return;
  try {
    const reader = new LineReader(file, options.tail === undefined ? 0 : await tailOffset(file, options.tail));
    yield* reader.entries();
    if (options.until !== undefined) yield* follow(reader, options.path, options.until, options.signal);
  } finally {
    await file.close();
  }
}

/** Reads on at each change the kernel reports (inotify), and once more after the end. */
async function* follow(
  reader: LineReader,
  path: string,
  until: Promise<unknown>,
  signal: AbortSignal,
): AsyncGenerator<LogEntry> {
  let wake = Promise.withResolvers<void>();
  let ended = false;
  const notify = (): void => {
    wake.resolve();
  };
  const end = (): void => {
    ended = true;
    notify();
  };
  const watcher = watchFile(path, notify);
  signal.addEventListener('abort', end, { once: true });
  void until.then(end, end);
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
    signal.removeEventListener('abort', end);
  }
}

/** inotify(7): its limits come as ENOSPC and EMFILE, which would read like a full disk. */
function watchFile(path: string, notify: () => void): FSWatcher {
  try {
    return watch(path, notify);
  } catch (cause) {
    throw unavailable('follow log: this user’s inotify limit is reached', {
      cause,
      hint: 'sudo sysctl -w fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=1024',
    });
  }
}

/** Reads a variable that callbacks change; the compiler would think it constant. */
const isSet = (read: () => boolean): boolean => read();

class LineReader {
  private readonly file: FileHandle;
  private offset: number;
  private rest: Buffer = Buffer.alloc(0);

  constructor(file: FileHandle, offset: number) {
    this.file = file;
    this.offset = offset;
  }

  /** Complete lines from where the last call stopped to the present end of the file. */
  async *entries(): AsyncGenerator<LogEntry> {
    for (;;) {
      const { bytesRead, buffer } = await this.file.read(Buffer.allocUnsafe(PIECE), 0, PIECE, this.offset);
      if (bytesRead === 0) return;
      this.offset += bytesRead;
      const text = Buffer.concat([this.rest, buffer.subarray(0, bytesRead)]);
      const end = text.lastIndexOf(NEWLINE);
      this.rest = text.subarray(end + 1);
      for (const line of text.subarray(0, Math.max(0, end)).toString().split('\n')) {
        const entry = parseLogLine(line);
        if (entry !== undefined) yield entry;
      }
    }
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

/** Where the last `count` lines begin, found by reading backwards. */
async function tailOffset(file: FileHandle, count: number): Promise<number> {
  let position = (await file.stat()).size;
  let newlines = 0;
  while (position > 0) {
    const length = Math.min(PIECE, position);
    position -= length;
    const { buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
    for (let index = length - 1; index >= 0; index--) {
      if (buffer[index] === NEWLINE && newlines++ === count) return position + index + 1;
    }
  }
  return 0;
}
