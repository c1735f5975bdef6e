// An image archive taken apart into files of the workspace, whatever order its entries have: what is in it is known only
// when manifest.json has come, which may be last. Nothing of the archive names a file here. Knows no image.

import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { dataLoss, EngineError, invalidArgument } from '../../base/errors.ts';
import { quote } from '../../base/validate.ts';
import { fromHex, type Digest } from '../../oci/digest.ts';
import { MANIFEST_MAX } from '../../oci/manifest.ts';
import { decompress } from './compression.ts';
import { checkRoom, roomIn, spoolFile, type Spooled } from './file.ts';

export interface Spool {
  /** The file of that name, through links; undefined when there is none. */
  file(name: string): Spooled | undefined;
  /** The blob of an OCI layout. */
  blob(digest: Digest): Spooled | undefined;
}

export interface SpoolOptions {
  /** Exists and is empty; the caller's to remove. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

const ENTRIES_MAX = 100_000;
const NAME_MAX = 4096;
const LINKS_MAX = 8;
/** Read as a whole: never worth spooling when they are larger. */
const DOCUMENTS: ReadonlySet<string> = new Set(['manifest.json', 'index.json', 'oci-layout']);

/**
 * Takes the archive apart; it may be compressed as a whole with gzip or zstd. Throws InvalidArgument for what is no archive or
 * reaches outside of itself, DataLoss for a truncated one or a blob that is not what its name says, NoSpace before the disk is full.
 */
export async function spoolArchive(source: AsyncIterable<Uint8Array>, options: SpoolOptions): Promise<Spool> {
  const contents = new Contents(options, await roomIn(options.directory));
  const { bytes } = await decompress(source);
  const archive = extract(); // what it says before somebody listens is lost: nothing is awaited in between
  const feeding = pipeline(bytes, archive, { signal: options.signal });
  feeding.catch(() => undefined); // told by the archive's own end as well
  try {
    for await (const entry of archive) await contents.take(entry);
    await feeding;
  } catch (error) {
    throw archiveError(error, options.signal);
  } finally {
    archive.destroy();
    bytes.destroy();
  }
  return contents;
}

/** As tar-stream gives it, and not as its types say: a link may lead nowhere. */
type Entry = AsyncIterable<unknown> & {
  readonly header: Omit<Header, 'linkname' | 'size'> & { readonly linkname?: string | null; readonly size?: number };
};

class Contents implements Spool {
  private readonly options: SpoolOptions;
  private room: number;
  private entries = 0;
  private readonly files = new Map<string, Spooled>();
  private readonly links = new Map<string, string>();

  constructor(options: SpoolOptions, room: number) {
    this.options = options;
    this.room = room;
  }

  async take(entry: Entry): Promise<void> {
    const { header } = entry;
    this.entries += 1;
    if (this.entries > ENTRIES_MAX) throw invalidArgument(`the archive has more than ${ENTRIES_MAX} entries`);
    const name = insideName(header.name, header.name);
    switch (header.type) {
      case 'file':
      case 'contiguous-file':
        await this.takeFile(name, entry);
        return;
      case 'symlink':
        this.takeLink(name, insideName(fromFolderOf(name, header.linkname ?? ''), name));
        return;
      case 'link':
        this.takeLink(name, insideName(header.linkname ?? '', name));
        return;
      case 'directory':
        return;
      default:
        throw invalidArgument(`the archive's entry ${quote(name)} is neither file, directory nor link`);
    }
  }

  file(name: string): Spooled | undefined {
    let current = insideName(name, name);
    for (let step = 0; step < LINKS_MAX; step += 1) {
      const target = this.links.get(current);
      if (target === undefined) return this.files.get(current);
      current = target;
    }
    throw invalidArgument(`the archive's entry ${quote(name)} is a link that leads in a circle`);
  }

  blob(digest: Digest): Spooled | undefined {
    return this.file(`blobs/${digest.replace(':', '/')}`);
  }

  private async takeFile(name: string, entry: Entry): Promise<void> {
    const size = entry.header.size ?? 0;
    if (DOCUMENTS.has(name) && size > MANIFEST_MAX)
      throw invalidArgument(`the archive's ${name} is larger than ${MANIFEST_MAX} bytes`);
    checkRoom(size, this.room); // before the first byte: the header says it
    const path = join(this.options.directory, String(this.entries));
    const found = await spoolFile(entry as AsyncIterable<Buffer>, path, { ...this.options, room: this.room });
    this.room -= found.size;
    const before = this.files.get(name);
    if (this.links.has(name) || (before !== undefined && before.digest !== found.digest)) throw twice(name);
    const named = /^blobs\/sha256\/([a-f0-9]{64})$/.exec(name)?.[1];
    if (named !== undefined && fromHex(named) !== found.digest)
      throw dataLoss(`blob sha256:${named} of the archive does not match its digest`);
    this.files.set(name, found);
  }

  private takeLink(name: string, target: string): void {
    if (this.files.has(name) || (this.links.get(name) ?? target) !== target) throw twice(name);
    this.links.set(name, target);
  }
}

function fromFolderOf(name: string, target: string): string {
  return target.startsWith('/') ? target : name.slice(0, name.lastIndexOf('/') + 1) + target;
}

/** A name below the archive's root without `.` and empty parts. `entry` names it in the error. */
function insideName(name: string, entry: string): string {
  const parts: string[] = [];
  const reaches = (): Error =>
    invalidArgument(`the archive's entry ${quote(entry)} reaches outside of the archive`, {
      hint: 'Do not trust this archive.',
    });
  if (name.startsWith('/')) throw reaches();
  if (name.length > NAME_MAX || name.includes('\0'))
    throw invalidArgument(`the archive has an entry with an impossible name`);
  for (const part of name.split('/')) {
    if (part === '..' && parts.pop() === undefined) throw reaches();
    if (part !== '..' && part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

function twice(name: string): Error {
  return invalidArgument(`the archive has two different entries ${quote(name)}`);
}

/** What tar-stream and zlib throw, in words of this server; anything else as it is. */
export function archiveError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || error instanceof EngineError || !(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (error.message === 'Unexpected end of data' || code === 'Z_BUF_ERROR')
    return dataLoss('the archive ends too early', { cause: error });
  if (/^Invalid (?:tar )?header|^Header exceeds|^Unsupported/i.test(error.message))
    return invalidArgument('it is no tar archive, or a damaged one', { cause: error });
  if (code?.startsWith('Z_') === true || code?.startsWith('ZSTD_') === true || code?.startsWith('ERR_ZSTD') === true)
    return dataLoss('its compression is damaged', { cause: error });
  return error;
}
