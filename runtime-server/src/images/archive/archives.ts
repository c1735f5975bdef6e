// save, load and import as the rest of the server calls them: words in, streams or files, all of them ended when the server closes.

import { type Readable } from 'node:stream';
import { raceAbort } from '../../base/abort.ts';
import { invalidArgument } from '../../base/errors.ts';
import { writeOutputFile } from '../../base/output-file.ts';
import { printable } from '../../base/validate.ts';
import { parsePlatform } from '../../oci/platform.ts';
import { during } from '../failure.ts';
import { pacer, type ProgressListener } from '../progress.ts';
import type { ArchiveInput, Archives } from '../images.ts';
import { importArchive } from './import.ts';
import { loadArchive, type ArchiveContext } from './load.ts';
import { openArchive } from './paths.ts';
import { archiveOf, planSave } from './save.ts';

export interface ArchivesWithStop extends Archives {
  /** Cancels all and waits until they have cleaned up. */
  stop(): Promise<void>;
}

export function createArchives(context: ArchiveContext): ArchivesWithStop {
  const closing = new AbortController();
  const going = new Set<Promise<unknown>>();
  const track = async <T>(doing: string, given: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const task = during(doing, () => work(AbortSignal.any([given, closing.signal])));
    going.add(task);
    try {
      return await task;
    } finally {
      going.delete(task);
    }
  };
  const platformOf = (text: string | undefined): ArchiveContext['hostPlatform'] =>
    text === undefined ? context.hostPlatform : parsePlatform(text, context.hostPlatform, 'platform');
  return {
    save: (words, { to, signal, onBytes }) =>
      track(`save ${words.map(printable).join(' ')}`, signal, async (ending) => {
        using lease = context.leases.open();
        const plan = await planSave(context, words, lease);
        const total = [...plan.blobs.values()].reduce((sum, { size }) => sum + size, 0);
        const bytes = counted(
          archiveOf(plan, (digest) => context.content.path(digest), ending),
          total,
          onBytes,
        );
        if (typeof to === 'string') await writeOutputFile(to, bytes, ending);
        else await raceAbort(to(bytes, ending), ending); // who takes no more is not waited for
      }),
    load: (input, { platform, onProgress: emit = NOBODY, signal }) =>
      track('load', signal, (ending) =>
        reading(input, (source) =>
          loadArchive(context, { source, platform: platformOf(platform), emit, signal: ending }),
        ),
      ),
    import: (input, { reference, changes = [], message, platform, onProgress: emit = NOBODY, signal }) =>
      track('import', signal, (ending) =>
        reading(input, (source, name) =>
          importArchive(context, {
            source,
            reference,
            changes,
            message: message ?? `Imported from ${name}`,
            platform: platformOf(platform),
            emit,
            signal: ending,
          }),
        ),
      ),
    async stop() {
      closing.abort();
      await Promise.allSettled(going);
    },
  };
}

const NOBODY: ProgressListener = () => undefined;

async function reading<T>(
  { from, onBytes }: ArchiveInput,
  work: (source: AsyncIterable<Uint8Array>, name: string) => Promise<T>,
): Promise<T> {
  if (typeof from !== 'string') return work(counted(from, undefined, onBytes), '-');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(from)) {
    throw invalidArgument(`${printable(from)}: archives are not fetched from addresses`, {
      hint: `Fetch it yourself: \`curl -fL ${printable(from)} | slipway …\`.`,
    });
  }
  const { bytes, size } = await openArchive(from);
  try {
    return await work(counted(bytes, size, onBytes), from);
  } finally {
    bytes.destroy();
  }
}

async function* counted(
  source: Readable | AsyncIterable<Uint8Array>,
  total: number | undefined,
  onBytes: ArchiveInput['onBytes'],
): AsyncGenerator<Uint8Array> {
  const isTime = pacer();
  let current = 0;
  for await (const chunk of source as AsyncIterable<Uint8Array>) {
    current += chunk.length;
    if (isTime()) onBytes?.(current, total);
    yield chunk;
  }
}
