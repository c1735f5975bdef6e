// import: a root file system as a tar archive becomes an image of one layer.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { addAbortSignal } from 'node:stream';
import type { LoadedName } from '../../../protocol/methods.ts';
import { invalidArgument } from '../../base/errors.ts';
import { writeNewFile } from '../../base/fs.ts';
import { printable } from '../../base/validate.ts';
import { applyConfigChanges, type ConfigObject } from '../../oci/config-changes.ts';
import { digestOf, fromHex, type Digest } from '../../oci/digest.ts';
import { parseImageConfig } from '../../oci/image-config.ts';
import type { Platform } from '../../oci/platform.ts';
import { parseReference, withDefaultTag, type Reference } from '../../oci/reference.ts';
import type { ProgressListener } from '../progress.ts';
import { sweep } from '../pull.ts';
import { decompress } from './compression.ts';
import { chosenManifest, formatManifest, type ArchivedImage } from './contents.ts';
import { roomIn, spoolFile, type Spooled } from './file.ts';
import { bring, nameImage, type ArchiveContext } from './load.ts';
import { archiveError } from './spool.ts';

interface RootLayer {
  readonly layer: Spooled;
  readonly diffId: Digest;
}

export interface ImportJob {
  readonly source: AsyncIterable<Uint8Array>;
  /** Absent: an image without a name. */
  readonly reference: string | undefined;
  /** Docker's `--change`. */
  readonly changes: readonly string[];
  readonly message: string;
  readonly platform: Platform;
  readonly emit: ProgressListener;
  readonly signal: AbortSignal;
}

/** Leaves nothing behind when it fails. What can be seen before the first byte is refused then. */
export async function importArchive(context: ArchiveContext, job: ImportJob): Promise<LoadedName> {
  const names = job.reference === undefined ? [] : [nameOf(job.reference)];
  const config = applyConfigChanges({}, job.changes);
  await context.catalog.ready();
  const directory = context.workspace.temporary('archive');
  const lease = context.leases.open();
  try {
    await fs.mkdir(directory, { mode: 0o700 });
    const layer = await keepLayer(job, directory);
    const here = await bring(context, await describe(context, job, config, layer, directory), lease, job);
    job.signal.throwIfAborted();
    const [named] = await nameImage(context, here, { names }, 'import');
    context.sync();
    lease[Symbol.dispose]();
    return named ?? { imageId: here.id };
  } catch (error) {
    lease[Symbol.dispose]();
    await sweep(context, lease, 'import');
    throw error;
  } finally {
    await context.workspace.discard(directory);
  }
}

function nameOf(text: string): Reference {
  const reference = withDefaultTag(parseReference(text, 'import'));
  if (reference.digest === undefined) return reference;
  throw invalidArgument(`import ${printable(text)}: cannot import digest reference`, {
    hint: 'Name a tag after a colon.',
  });
}

// The layer is kept as it comes; its diffID is of what is inside.
async function keepLayer({ source, signal }: ImportJob, directory: string): Promise<RootLayer> {
  const layer = await spoolFile(source, join(directory, 'layer'), { room: await roomIn(directory), signal });
  if (layer.size === 0) throw invalidArgument('the archive is empty');
  if (layer.compression === 'none') return { layer, diffId: layer.digest };
  const inside = createHash('sha256');
  const { bytes } = await decompress(createReadStream(layer.path));
  try {
    for await (const chunk of addAbortSignal(signal, bytes) as AsyncIterable<Buffer>) inside.update(chunk);
  } catch (error) {
    throw archiveError(error, signal);
  }
  return { layer, diffId: fromHex(inside.digest('hex')) };
}

async function describe(
  context: ArchiveContext,
  { message, platform }: ImportJob,
  config: ConfigObject,
  { layer, diffId }: RootLayer,
  directory: string,
): Promise<Omit<ArchivedImage, 'names'>> {
  const created = context.now().toISOString();
  const document = {
    ...platform,
    created,
    config,
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created, comment: message }],
  };
  const bytes = Buffer.from(JSON.stringify(document));
  const file: Spooled = {
    path: join(directory, 'config'),
    size: bytes.length,
    digest: digestOf(bytes),
    compression: 'none',
  };
  await writeNewFile(file.path, bytes, false);
  const files = new Map([file, layer].map((item) => [item.digest, item]));
  return { chosen: chosenManifest(formatManifest(file, [layer])), config: parseImageConfig(bytes), files };
}
