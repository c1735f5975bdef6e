// The index of the images in memory, built once from the refs and the blobs and kept up to date by this process, the only
// writer. An image is all refs with the same image config. Knows no registry.

import { dataLoss, EngineError } from '../base/errors.ts';
import { inTurns } from '../base/mutex.ts';
import type { Digest } from '../oci/digest.ts';
import { parseImageConfig, type ImageConfig } from '../oci/image-config.ts';
import { MANIFEST_MAX, parseManifest, type ImageManifest } from '../oci/manifest.ts';
import { canonical, type Reference } from '../oci/reference.ts';
import type { Ref, RefStore } from './refs.ts';

/** A manifest with its config, as the blobs have it. */
export interface LoadedImage {
  /** Image ID. */
  readonly id: Digest;
  readonly manifestDigest: Digest;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

export interface CatalogBlobs {
  /** At once; undefined when it is not there, damaged or larger. */
  readNow(digest: Digest, max: number): Buffer | undefined;
  read(digest: Digest, max: number): Promise<Buffer | undefined>;
}

export interface Catalog {
  /** Reads the disk at the first call. */
  ready(): Promise<void>;
  /** The ref of exactly this reference. */
  ref(reference: Reference): Ref | undefined;
  refs(): readonly Ref[];
  /** Refs of an image, tags first, by name. */
  refsOf(imageId: Digest): readonly Ref[];
  /** The image of a ref; undefined when its manifest or config is missing or damaged. */
  imageOf(ref: Ref): LoadedImage | undefined;
  /** The image of a manifest that some ref names. */
  loaded(manifestDigest: Digest): LoadedImage | undefined;
  /** One entry per image ID. */
  images(): readonly LoadedImage[];
  /** Writes the ref; it is visible when this resolves. */
  put(ref: Ref, image: LoadedImage): Promise<void>;
  drop(ref: Ref): Promise<void>;
}

export interface CatalogOptions {
  readonly refs: RefStore;
  readonly blobs: CatalogBlobs;
  readonly onDamage: (message: string) => void;
}

export function createCatalog({ refs, blobs, onDamage }: CatalogOptions): Catalog {
  const byReference = new Map<string, Ref>();
  const byManifest = new Map<Digest, LoadedImage>();
  const load = async (): Promise<void> => {
    const loaded = await refs.load((file, reason) => {
      onDamage(`refs/${file} can't be read: ${reason}`);
    });
    for (const ref of loaded) byReference.set(canonical(ref.reference), ref);
    await inTurns([...new Set(loaded.map((ref) => ref.manifestDigest))], loadManifest);
  };
  const loadManifest = async (digest: Digest): Promise<void> => {
    try {
      byManifest.set(digest, loadSound(digest, blobs) ?? (await loadImage(digest, blobs)));
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      onDamage(`image with manifest ${digest} is damaged: ${error.message}`);
    }
  };
  const imageOf = (ref: Ref): LoadedImage | undefined => byManifest.get(ref.manifestDigest);
  let loading: Promise<void> | undefined;

  return {
    async ready() {
      loading ??= load().catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      await loading;
    },
    ref: (reference) => byReference.get(canonical(reference)),
    refs: () => [...byReference.values()],
    refsOf: (imageId) => [...byReference.values()].filter((ref) => imageOf(ref)?.id === imageId).sort(tagsFirst),
    imageOf,
    loaded: (manifestDigest) => byManifest.get(manifestDigest),
    images() {
      const found = [...byReference.values()].map(imageOf).filter((image) => image !== undefined);
      return [...new Map(found.map((image) => [image.id, image])).values()];
    },
    async put(ref, image) {
      await refs.write(ref);
      byManifest.set(image.manifestDigest, image);
      byReference.set(canonical(ref.reference), ref);
    },
    async drop(ref) {
      await refs.remove(ref.reference);
      byReference.delete(canonical(ref.reference));
      const needed = [...byReference.values()].some((other) => other.manifestDigest === ref.manifestDigest);
      if (!needed) byManifest.delete(ref.manifestDigest);
    },
  };
}

/** Reads and checks the manifest and the config it names. Throws DataLoss when one is not there. */
export async function loadImage(manifestDigest: Digest, blobs: Pick<CatalogBlobs, 'read'>): Promise<LoadedImage> {
  const manifestBytes = await blobs.read(manifestDigest, MANIFEST_MAX);
  if (manifestBytes === undefined) throw dataLoss(`manifest ${manifestDigest} is missing`);
  const manifest = manifestOf(manifestDigest, manifestBytes);
  const configBytes = await blobs.read(manifest.config.digest, MANIFEST_MAX);
  if (configBytes === undefined) throw dataLoss(`image config ${manifest.config.digest} is missing`);
  return imageFrom(manifestDigest, manifest, configBytes);
}

// What all images but the damaged ones take: thousands of them are read in the time that a few would wait for their turns.
function loadSound(manifestDigest: Digest, blobs: CatalogBlobs): LoadedImage | undefined {
  const manifestBytes = blobs.readNow(manifestDigest, MANIFEST_MAX);
  if (manifestBytes === undefined) return undefined;
  const manifest = manifestOf(manifestDigest, manifestBytes);
  const configBytes = blobs.readNow(manifest.config.digest, MANIFEST_MAX);
  return configBytes === undefined ? undefined : imageFrom(manifestDigest, manifest, configBytes);
}

function manifestOf(digest: Digest, bytes: Buffer): ImageManifest {
  const manifest = parseManifest(bytes);
  if (manifest.kind !== 'manifest') throw dataLoss(`${digest} is an index, not a manifest`);
  return manifest;
}

function imageFrom(manifestDigest: Digest, manifest: ImageManifest, config: Buffer): LoadedImage {
  return { id: manifest.config.digest, manifestDigest, manifest, config: parseImageConfig(config) };
}

function tagsFirst(a: Ref, b: Ref): number {
  const rank = Number(a.reference.tag === undefined) - Number(b.reference.tag === undefined);
  return rank || canonical(a.reference).localeCompare(canonical(b.reference), 'en');
}
