// One push from the ref to the registry: every blob that is not there, then the manifest exactly as it is stored, so that
// its digest stays what it was. Knows no protocol of registries.

import { createReadStream } from 'node:fs';
import type { PushedTag } from '../../protocol/methods.ts';
import type { PushProgress } from '../../protocol/progress.ts';
import { dataLoss, isCode, notFound } from '../base/errors.ts';
import { forEachAtOnce } from '../base/mutex.ts';
import type { ContentStore } from '../content/store.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { MANIFEST_MAX } from '../oci/manifest.ts';
import { canonical, familiar, repositoryName, type Reference } from '../oci/reference.ts';
import type { Destination } from '../registry/destination.ts';
import type { Catalog, LoadedImage } from './catalog.ts';
import { keysOf } from './collect.ts';
import type { Leases } from './leases.ts';
import { repoDigestOf, requireImage } from './lookup.ts';
import type { Naming } from './naming.ts';
import { layerProgress, layerRefs, type LayerProgress } from './progress.ts';
import { byName, type Ref } from './refs.ts';

export interface PushContext {
  readonly catalog: Catalog;
  readonly content: ContentStore;
  readonly leases: Leases;
  readonly naming: Naming;
  /** How many blobs go at once. */
  readonly parallel: number;
}

export interface PushJob {
  readonly ref: Ref;
  readonly destination: (from: readonly string[]) => Promise<Destination>;
  readonly emit: (progress: PushProgress) => void;
  readonly signal: AbortSignal;
}

/** Bytes that are read from the disk at once. */
const READ = 256 << 10;

export async function pushImage(context: PushContext, job: PushJob): Promise<PushedTag> {
  const { ref, emit, signal } = job;
  const { catalog } = context;
  const name = familiar(ref.reference);
  const found = catalog.imageOf(ref);
  const image = requireImage(
    found === undefined ? { by: 'damaged', ref, image: found } : { by: 'id', image: found },
    name,
    'push',
  );
  using lease = context.leases.open();
  lease.add(keysOf(image));
  const bytes = await context.content.read(image.manifestDigest, MANIFEST_MAX);
  if (bytes === undefined) throw missing(catalog, image, `manifest ${image.manifestDigest}`);
  const digest = image.manifestDigest;
  emit({ kind: 'manifest', digest, layers: layerRefs(image.manifest.layers) });
  const sources = mountable(catalog, image, ref.reference);
  const destination = await job.destination([...new Set(sources.values())]);
  const layers = new Map(image.manifest.layers.map((layer) => [layer.digest, layer])).values();
  const send = async (blob: Descriptor, progress: LayerProgress | undefined, leaving: AbortSignal): Promise<void> => {
    const from = sources.get(blob.digest);
    await sendBlob(context, { destination, image, blob, from, progress, signal: leaving });
  };
  await forEachAtOnce(
    [...layers],
    context.parallel,
    (layer, leaving) => send(layer, layerProgress(layer, emit, 'uploading'), leaving),
    signal,
  );
  await send(image.manifest.config, undefined, signal);
  await destination.putManifest(ref.reference.tag ?? digest, { bytes, mediaType: ref.mediaType, digest }, { signal });
  await context.naming.pushed(ref, image);
  const pushed = { reference: canonical(ref.reference), digest, size: bytes.length };
  emit({ kind: 'pushed', ...pushed });
  return pushed;
}

interface BlobJob {
  readonly destination: Destination;
  readonly image: LoadedImage;
  readonly blob: Descriptor;
  /** A repository that may have it. */
  readonly from: string | undefined;
  readonly progress: LayerProgress | undefined;
  readonly signal: AbortSignal;
}

async function sendBlob({ content, catalog }: PushContext, job: BlobJob): Promise<void> {
  const { destination, image, blob, from, progress, signal } = job;
  const { digest, size } = blob;
  if (await destination.has(digest, { signal })) {
    progress?.exists();
    return;
  }
  // Not before: what the registry has need not be here.
  if (!(await content.has(blob))) throw missing(catalog, image, `blob ${digest}`);
  const open = (start: number, end: number): AsyncIterable<Uint8Array> =>
    createReadStream(content.path(digest), { start, end: end - 1, highWaterMark: READ });
  try {
    const how = await destination.upload(
      { digest, size, open },
      {
        from,
        signal,
        onBytes: (total) => progress?.bytes(total),
        onRetry: () => progress?.retrying(),
      },
    );
    if (how === 'mounted') progress?.mounted(from ?? '');
    else progress?.complete();
  } catch (error) {
    // A registry that refuses the bytes may be right.
    if (isCode(error, 'DataLoss') && !(await content.verify(digest))) throw missing(catalog, image, `blob ${digest}`);
    throw error;
  }
}

/** Where the same registry may have each layer already: repositories from which images with it came. */
function mountable(catalog: Catalog, image: LoadedImage, to: Reference): ReadonlyMap<Digest, string> {
  const wanted = new Set([image.id, ...image.manifest.layers.map((layer) => layer.digest)]);
  const found = new Map<Digest, string>();
  for (const ref of catalog.refs()) {
    const { registry, repository } = ref.reference;
    if (ref.repoDigest === undefined || registry !== to.registry || repository === to.repository) continue;
    const other = catalog.imageOf(ref);
    const blobs = other === undefined ? [] : [other.id, ...other.manifest.layers.map((layer) => layer.digest)];
    for (const digest of blobs) if (wanted.has(digest)) found.set(digest, repository);
  }
  return found;
}

// The digest it came by says exactly what is missing, wherever a tag points by now.
function missing(catalog: Catalog, image: LoadedImage, what: string): Error {
  const origin = catalog
    .refsOf(image.id)
    .filter((ref) => ref.manifestDigest === image.manifestDigest)
    .map(repoDigestOf)
    .find((name) => name !== undefined);
  return dataLoss(`${what} is missing here`, {
    hint:
      origin === undefined
        ? 'Load or build the image again.'
        : `Fetch it again with \`slipway pull ${familiar(origin)}\`.`,
  });
}

/** The refs that a name stands for: one tag, or all of its repository. Throws NotFound when there is none. */
export function refsToPush(catalog: Catalog, reference: Reference, allTags: boolean): readonly Ref[] {
  const name = repositoryName(reference);
  const refs = allTags
    ? byName(catalog.refs().filter((ref) => ref.reference.tag !== undefined && repositoryName(ref.reference) === name))
    : [catalog.ref(reference)].filter((ref) => ref !== undefined);
  if (refs.length > 0) return refs;
  throw notFound(allTags ? 'no tag of it is here' : 'no such image here', {
    hint: 'List the images with `slipway images`; `slipway tag` gives one that name.',
  });
}
