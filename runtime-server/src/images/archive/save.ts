// save: images as one archive that is a docker-archive and an OCI layout at once (as docker 25 and later write it): blobs by
// digest, each once, and two documents that name them. Nothing is written before all of it is known to be here.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { dataLoss } from '../../base/errors.ts';
import { compact } from '../../base/validate.ts';
import { fromHex, hexOf, type Digest } from '../../oci/digest.ts';
import { MANIFEST_MAX } from '../../oci/manifest.ts';
import { MEDIA } from '../../oci/media-types.ts';
import { canonical, familiar, parseReference, repositoryName, type Reference } from '../../oci/reference.ts';
import type { Catalog, LoadedImage } from '../catalog.ts';
import { keysOf } from '../collect.ts';
import type { Lease } from '../leases.ts';
import { lookUp, requireImage } from '../lookup.ts';
import type { Ref } from '../refs.ts';
import { NAME_ANNOTATION, REF_ANNOTATION } from './contents.ts';
import type { ArchiveContext } from './load.ts';

export interface SavePlan {
  readonly images: readonly NamedImage[];
  /** Blobs in the archive's order, each once. */
  readonly blobs: ReadonlyMap<Digest, { readonly size: number; readonly repair: string }>;
}

interface NamedImage {
  readonly image: LoadedImage;
  readonly manifestSize: number;
  /** With a tag each. */
  readonly names: readonly Reference[];
}

/**
 * Which images the words mean and that all of their blobs are here; leased from then on. Throws NotFound, and DataLoss with the pull
 * that repairs it when a blob is missing.
 */
export async function planSave(context: ArchiveContext, words: readonly string[], lease: Lease): Promise<SavePlan> {
  await context.catalog.ready();
  const found = new Map<Digest, { image: LoadedImage; names: Map<string, Reference>; word: string }>();
  for (const word of words) {
    for (const { image, name } of meant(context.catalog, word)) {
      const entry = found.get(image.id) ?? { image, names: new Map<string, Reference>(), word };
      found.set(image.id, entry);
      if (name !== undefined) entry.names.set(canonical(name), name);
    }
  }
  const images: NamedImage[] = [];
  const blobs = new Map<Digest, { size: number; repair: string }>();
  for (const { image, names, word } of found.values()) {
    lease.add(keysOf(image));
    const repair = [...names.values()].map(familiar)[0] ?? word;
    const manifest = await context.content.read(image.manifestDigest, MANIFEST_MAX);
    if (manifest === undefined) throw missing('manifest', image.manifestDigest, repair);
    images.push({ image, manifestSize: manifest.length, names: [...names.values()] });
    blobs.set(image.manifestDigest, { size: manifest.length, repair });
    const { config, layers } = image.manifest;
    for (const [kind, { digest, size }] of [
      ['image config', config] as const,
      ...layers.map((layer) => ['layer', layer] as const),
    ]) {
      if (!(await context.content.has({ digest, size }))) throw missing(kind, digest, repair);
      blobs.set(digest, { size, repair });
    }
  }
  return { images, blobs };
}

// As docker has it: a repository alone means all of its tags, an ID or a digest the image without a name.
function meant(catalog: Catalog, word: string): readonly { image: LoadedImage; name?: Reference }[] {
  const tags = tagsOf(catalog, word);
  if (tags.length > 0) {
    return tags.map((ref) => {
      const text = familiar(ref.reference);
      return { image: requireImage(lookUp(catalog, text, 'save'), text, 'save'), name: ref.reference };
    });
  }
  const found = lookUp(catalog, word, 'save');
  const image = requireImage(found, word, 'save');
  return [found.by === 'name' && found.typed.digest === undefined ? { image, name: found.ref.reference } : { image }];
}

function tagsOf(catalog: Catalog, word: string): readonly Ref[] {
  if (/^(?:sha256:)?[a-f0-9]{64}$/.test(word)) return []; // an ID, never a name
  const typed = parseReference(word, 'save');
  if (typed.tag !== undefined || typed.digest !== undefined) return [];
  const repository = repositoryName(typed);
  return catalog
    .refs()
    .filter(({ reference }) => reference.tag !== undefined && repositoryName(reference) === repository);
}

function missing(kind: string, digest: Digest, repair: string): Error {
  return dataLoss(`save ${repair}: ${kind} ${digest} is missing or damaged`, {
    hint: `Fetch it again with \`slipway pull ${repair}\`.`,
  });
}

/** The archive's bytes, made as they are read: before the first is asked for, nothing goes on that could fail. */
export async function* archiveOf(
  plan: SavePlan,
  path: (digest: Digest) => string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const archive = pack();
  const fill = async (): Promise<void> => {
    addDocument(archive, 'oci-layout', { imageLayoutVersion: '1.0.0' });
    addDocument(archive, 'index.json', indexOf(plan));
    addDocument(archive, 'manifest.json', dockerManifest(plan));
    for (const name of ['blobs/', 'blobs/sha256/'])
      archive.entry({ name, type: 'directory', mode: 0o755, mtime: EPOCH });
    for (const [digest, { size, repair }] of plan.blobs)
      await addBlob(archive, { digest, size, repair, path: path(digest) }, signal);
    archive.finalize();
  };
  fill().catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  yield* archive as AsyncIterable<Uint8Array>;
}

/** The same images make the same archive. */
const EPOCH = new Date(0);

function addDocument(archive: Pack, name: string, document: unknown): void {
  archive.entry({ name, mode: 0o644, mtime: EPOCH }, JSON.stringify(document));
}

interface SavedBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly repair: string;
  readonly path: string;
}

// A blob can be wrong after a power cut: what leaves this machine is looked at on the way.
async function addBlob(archive: Pack, { digest, size, repair, path }: SavedBlob, signal: AbortSignal): Promise<void> {
  const hash = createHash('sha256');
  const entry = archive.entry({ name: blobName(digest), size, mode: 0o644, mtime: EPOCH });
  const checked = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
    if (fromHex(hash.digest('hex')) !== digest) throw missing('blob', digest, repair);
  };
  await pipeline(createReadStream(path), checked, entry, { signal });
}

function blobName(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

function indexOf({ images }: SavePlan): unknown {
  const manifests = images.flatMap(({ image, manifestSize, names }) => {
    const { platform } = image.config;
    const descriptor = compact({
      mediaType: image.manifest.mediaType,
      digest: image.manifestDigest,
      size: manifestSize,
      platform: platform.architecture === '' ? undefined : platform,
    });
    const named = names.map((name) => ({
      ...descriptor,
      annotations: { [NAME_ANNOTATION]: canonical(name), [REF_ANNOTATION]: name.tag },
    }));
    return named.length > 0 ? named : [descriptor];
  });
  return { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests };
}

// Names with their registry, as podman writes them: to podman a short one is a name of its own, and docker shortens them itself.
function dockerManifest({ images }: SavePlan): unknown {
  return images.map(({ image, names }) => ({
    Config: blobName(image.id),
    RepoTags: names.length > 0 ? names.map(canonical) : null,
    Layers: image.manifest.layers.map(({ digest }) => blobName(digest)),
  }));
}
