// The files of one log (`log`, `log.1`, … each older; native/README.md, shim --log), opened as they belong together although the
// shim may rename them at any moment: a file is known by its inode, and none that is open can lose what is in it.

import { closeSync, fstatSync, openSync, read, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { isErrno } from '../base/errors.ts';

const readAt = promisify(read);

const PIECE = 64 * 1024;
const NEWLINE = 0x0a;

/** How often the files are opened anew when they were renamed meanwhile. */
const ATTEMPTS = 10;

/** One open file and how far it has been read. */
export class LogFile {
  readonly inode: bigint;
  private readonly fd: number;
  private offset = 0;
  private rest: Buffer = Buffer.alloc(0);

  constructor(fd: number) {
    this.fd = fd;
    this.inode = fstatSync(fd, { bigint: true }).ino;
  }

  /** Complete lines from where the last call stopped to the present end of the file. */
  async *lines(): AsyncGenerator<string> {
    for (;;) {
      const { bytesRead, buffer } = await readAt(this.fd, Buffer.allocUnsafe(PIECE), 0, PIECE, this.offset);
      if (bytesRead === 0) return;
      this.offset += bytesRead;
      const text = Buffer.concat([this.rest, buffer.subarray(0, bytesRead)]);
      const end = text.lastIndexOf(NEWLINE);
      this.rest = text.subarray(end + 1);
      yield* text.subarray(0, Math.max(0, end)).toString().split('\n');
    }
  }

  /** Goes to where its last `count` lines begin, found by reading backwards. Returns how many lines it has too few. */
  async seekTail(count: number): Promise<number> {
    let position = fstatSync(this.fd).size;
    let newlines = 0;
    while (position > 0) {
      const length = Math.min(PIECE, position);
      position -= length;
      const { buffer } = await readAt(this.fd, Buffer.allocUnsafe(length), 0, length, position);
      for (let index = length - 1; index >= 0; index--) {
        if (buffer[index] !== NEWLINE || newlines++ !== count) continue;
        this.offset = position + index + 1;
        return 0;
      }
    }
    return count - newlines;
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** All files of the log at `path`, of which there may be `count`, the oldest first; none of a container that never ran. */
export function openLogFiles(path: string, count: number): LogFile[] {
  for (let attempt = 1; ; attempt++) {
    const found = openAll(path, count);
    // From the newest on, so that a file can only be met twice, not missed; unless a new one has come before the first.
    const now = inodeOf(path);
    const whole = now === undefined ? !found.hasNewest : found.files[0]?.inode === now;
    if (whole || attempt === ATTEMPTS) return found.files.reverse();
    for (const file of found.files) file.close();
  }
}

/** Whether another file has become the log: nothing more is written to this one. */
export function isReplaced(path: string, { inode }: LogFile): boolean {
  const now = inodeOf(path);
  return now !== undefined && now !== inode;
}

function openAll(path: string, count: number): { readonly files: LogFile[]; readonly hasNewest: boolean } {
  const files: LogFile[] = [];
  let hasNewest = false;
  for (let index = 0; index < count; index++) {
    const fd = openIfThere(index === 0 ? path : `${path}.${index}`);
    if (fd === undefined) continue;
    const file = new LogFile(fd);
    if (index === 0) hasNewest = true;
    if (files.some(({ inode }) => inode === file.inode)) file.close();
    else files.push(file);
  }
  return { files, hasNewest };
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

const inodeOf = (path: string): bigint | undefined => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
