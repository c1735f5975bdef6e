// load: the images of an archive become images here, all of them or none. Everything goes the way of a pull: blobs by
// verified digest, layers through the layer tool, names last.

import { createReadStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { LoadedName, LoadResult } from '../../../protocol/methods.ts';
import { isErrno } from '../../base/errors.ts';
import type { Workspace } from '../../base/workspace.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Platform } from '../../oci/platform.ts';
import { canonical, type Reference } from '../../oci/reference.ts';
import type { LoadedImage } from '../catalog.ts';
import { fetchImage } from '../fetch.ts';
import type { Lease } from '../leases.ts';
import { layerRefs, type ProgressListener } from '../progress.ts';
import { localRef, nameless, type NamingAction } from '../naming.ts';
import { sweep, type PullContext } from '../pull.ts';
import { imagesOf, type ArchivedImage } from './contents.ts';
import type { Spooled } from './file.ts';
import { spoolArchive } from './spool.ts';

export interface ArchiveContext extends PullContext {
  readonly workspace: Workspace;
  readonly hostPlatform: Platform;
}

export interface LoadJob {
  readonly source: AsyncIterable<Uint8Array>;
  /** Which one of an image for several. */
  readonly platform: Platform;
  readonly emit: ProgressListener;
  readonly signal: AbortSignal;
}

/** Leaves nothing behind when it fails, not even an image that came before the bad one. */
export async function loadArchive(context: ArchiveContext, job: LoadJob): Promise<LoadResult> {
  await context.catalog.ready();
  const directory = context.workspace.temporary('archive');
  const lease = context.leases.open();
  try {
    await fs.mkdir(directory, { mode: 0o700 });
    const spool = await spoolArchive(job.source, { directory, signal: job.signal });
    const archived = await imagesOf(spool, job.platform);
    const images = [];
    for (const item of archived) images.push(await bring(context, item, lease, job));
    job.signal.throwIfAborted();
    const names = [];
    for (const [index, item] of archived.entries())
      names.push(...(await nameImage(context, images[index] as LoadedImage, item, 'load')));
    context.sync();
    lease[Symbol.dispose]();
    return { images: names };
  } catch (error) {
    lease[Symbol.dispose]();
    await sweep(context, lease, 'load');
    throw error;
  } finally {
    await context.workspace.discard(directory);
  }
}

/** Makes the image's blobs and layers be here; nameless until somebody names it. The lease gets all of it. */
export async function bring(
  context: ArchiveContext,
  { chosen, config, files }: Omit<ArchivedImage, 'names'>,
  lease: Lease,
  { emit, signal }: Pick<LoadJob, 'emit' | 'signal'>,
): Promise<LoadedImage> {
  emit({ kind: 'manifest', digest: chosen.digest, layers: layerRefs(chosen.manifest.layers) });
  lease.add([...files.keys()].map((digest) => `blob ${digest}` as const));
  for (const [digest, file] of files) await keepBlob(context, digest, file);
  const source = {
    manifest: () => Promise.reject(new Error('an archive is not asked for manifests')),
    blob: ({ digest }: Descriptor) => createReadStream((files.get(digest) as Spooled).path),
  };
  // Its own platform: an image for another machine can be kept and passed on.
  const { platform } = config;
  const { image } = await fetchImage(context, { source, chosen, platform, lease, emit, signal });
  return image;
}

// A second name for the file costs nothing; where there are no hard links the layer tool copies it.
async function keepBlob({ content, workspace }: ArchiveContext, digest: Digest, file: Spooled): Promise<void> {
  if (await content.has({ digest, size: file.size })) return;
  const second = workspace.temporary('blob');
  try {
    await fs.link(file.path, second);
  } catch (error) {
    if (isErrno(error, 'EPERM') || isErrno(error, 'ENOTSUP') || isErrno(error, 'EMLINK')) return;
    throw error;
  }
  await content.adopt(second, digest);
}

/** Gives the image its names. Without any it stays by digest alone, unless it has a name here already. */
export async function nameImage(
  context: ArchiveContext,
  image: LoadedImage,
  { names }: Pick<ArchivedImage, 'names'>,
  action: NamingAction,
): Promise<readonly LoadedName[]> {
  const { catalog } = context;
  if (names.length === 0) {
    if (catalog.refsOf(image.id).length === 0) await assign(context, image, nameless(image), action);
    return [{ imageId: image.id }];
  }
  const loaded: LoadedName[] = [];
  for (const name of names) {
    const before = catalog.ref(name);
    const former = before === undefined ? undefined : catalog.imageOf(before)?.id;
    await assign(context, image, name, action);
    const moved = former !== undefined && former !== image.id;
    loaded.push({ imageId: image.id, reference: canonical(name), ...(moved ? { renamed: former } : {}) });
  }
  return loaded;
}

async function assign(
  context: ArchiveContext,
  image: LoadedImage,
  reference: Reference,
  action: NamingAction,
): Promise<void> {
  // The same again: what the registry calls it stays known.
  if (context.catalog.ref(reference)?.manifestDigest === image.manifestDigest) return;
  await context.naming.assign(localRef(image, reference, context.now()), image, action);
}
