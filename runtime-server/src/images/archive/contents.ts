// Which images an archive holds: docker-archive (manifest.json, old and new) and OCI layout (index.json), each alone or both
// at once. From documents to manifests and files; unpacks nothing.

import { readFile } from 'node:fs/promises';
import { dataLoss, invalidArgument } from '../../base/errors.ts';
import { parseJson } from '../../base/json.ts';
import { array, member, optional, quote, root, string } from '../../base/validate.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { digestOf, isDigest, type Digest } from '../../oci/digest.ts';
import { parseImageConfig, type ImageConfig } from '../../oci/image-config.ts';
import { MANIFEST_MAX, parseManifest, type ImageManifest } from '../../oci/manifest.ts';
import { MEDIA } from '../../oci/media-types.ts';
import type { Platform } from '../../oci/platform.ts';
import { parseReference, withDefaultTag, canonical, type Reference } from '../../oci/reference.ts';
import { chooseManifest, type ChosenManifest } from '../source.ts';
import type { Compression } from './compression.ts';
import type { Spooled } from './file.ts';
import type { Spool } from './spool.ts';

/** The annotations that name an image in an index: containerd's whole name, OCI's tag or name. */
export const NAME_ANNOTATION = 'io.containerd.image.name';
export const REF_ANNOTATION = 'org.opencontainers.image.ref.name';

export interface ArchivedImage {
  readonly chosen: ChosenManifest;
  readonly config: ImageConfig;
  /** Config and layers. */
  readonly files: ReadonlyMap<Digest, Spooled>;
  /** With a tag each; none for an image without a name. */
  readonly names: readonly Reference[];
}

/**
 * All images of the archive. `platform`: which one of an image for several. Throws InvalidArgument for an archive that holds none,
 * DataLoss for one that lacks a part.
 */
export async function imagesOf(spool: Spool, platform: Platform): Promise<readonly ArchivedImage[]> {
  const fromIndex = await layoutImages(spool, platform);
  const items = await dockerItems(spool);
  const named = fromIndex.map((image) => {
    const item = items.find((other) => digestOf(other.config) === image.chosen.manifest.config.digest);
    return item === undefined ? image : { ...image, names: unique([...image.names, ...item.names]) };
  });
  const ids = new Set(named.map((image) => image.chosen.manifest.config.digest));
  const others = items.filter((item) => !ids.has(digestOf(item.config))).map((item) => dockerImage(spool, item));
  const images = [...named, ...others];
  if (images.length > 0) return images;
  throw invalidArgument('the archive holds no image: neither manifest.json nor index.json names one', {
    hint: 'A root file system without an image around it is for `slipway import`.',
  });
}

async function layoutImages(spool: Spool, platform: Platform): Promise<readonly ArchivedImage[]> {
  const index = await document(spool, 'index.json');
  if (index === undefined) return [];
  const parsed = parseManifest(index, MEDIA.ociIndex);
  if (parsed.kind !== 'index') throw invalidArgument("the archive's index.json is no index");
  const images = new Map<Digest, ArchivedImage>();
  for (const entry of parsed.manifests) {
    const image = await layoutImage(spool, entry, platform);
    const before = images.get(image.chosen.digest);
    images.set(image.chosen.digest, { ...image, names: unique([...(before?.names ?? []), ...image.names]) });
  }
  return [...images.values()];
}

async function layoutImage(spool: Spool, entry: Descriptor, platform: Platform): Promise<ArchivedImage> {
  const missing = (digest: string): Error => dataLoss(`blob ${digest} is not in the archive`);
  const source = {
    manifest: (target: string) => Promise.reject(missing(target)),
    blob: (descriptor: Descriptor) => {
      throw missing(descriptor.digest);
    },
  };
  const local = { read: async (digest: Digest) => readDocument(spool.blob(digest), digest) };
  const chosen = await chooseManifest(source, local, { digest: entry.digest, tag: '' }, platform, undefined);
  if (spool.blob(entry.digest)?.size !== entry.size)
    throw dataLoss(`manifest ${entry.digest} has another size than its index says`);
  const { config, layers } = chosen.manifest;
  const files = new Map(
    [config, ...layers].map(({ digest, size }) => {
      const file = spool.blob(digest);
      if (file === undefined) throw missing(digest);
      if (file.size !== size) throw dataLoss(`blob ${digest} of the archive has another size than its manifest says`);
      return [digest, file] as const;
    }),
  );
  const bytes = await local.read(config.digest);
  return { chosen, config: parseImageConfig(bytes ?? Buffer.alloc(0)), files, names: annotatedNames(entry) };
}

// A tag alone names no repository: such an image has no name here.
function annotatedNames({ annotations = {} }: Descriptor): readonly Reference[] {
  const name = annotations[NAME_ANNOTATION] ?? annotations[REF_ANNOTATION];
  return name === undefined || !/[/:]/.test(name) ? [] : [tagged(name)];
}

function tagged(name: string): Reference {
  const reference = withDefaultTag(parseReference(name, 'load'));
  if (reference.digest !== undefined) throw invalidArgument(`load ${quote(name)}: a name with a digest can't be given`);
  return reference;
}

function unique(names: readonly Reference[]): readonly Reference[] {
  return [...new Map(names.map((name) => [canonical(name), name])).values()];
}

interface DockerItem {
  readonly config: Buffer;
  readonly configFile: Spooled;
  readonly layers: readonly string[];
  readonly names: readonly Reference[];
}

async function dockerItems(spool: Spool): Promise<readonly DockerItem[]> {
  const bytes = await document(spool, 'manifest.json');
  if (bytes === undefined) return [];
  const items = array(root(parseJson(bytes, 'manifest.json')), (field) => ({
    config: string(member(field, 'Config')),
    layers: optional(member(field, 'Layers'), (list) => array(list, string)) ?? [],
    names: (optional(member(field, 'RepoTags'), (list) => array(list, string)) ?? []).map(tagged),
  }));
  return Promise.all(
    items.map(async ({ config, layers, names }) => {
      const file = spool.file(config);
      if (file === undefined) throw notThere(config);
      return { config: await readDocument(file, config), configFile: file, layers, names };
    }),
  );
}

// docker save knows no manifest: one is made of what is here, always the same.
function dockerImage(spool: Spool, item: DockerItem): ArchivedImage {
  const layers = item.layers.map((name) => {
    const file = spool.file(name);
    if (file === undefined) throw notThere(name);
    return file;
  });
  const chosen = chosenManifest(formatManifest(item.configFile, layers));
  const files = new Map([item.configFile, ...layers].map((file) => [file.digest, file]));
  return { chosen, config: parseImageConfig(item.config), files, names: item.names };
}

function notThere(name: string): Error {
  return dataLoss(`manifest.json names ${quote(name)}, which is not in the archive`);
}

const LAYER_TYPES: Readonly<Record<Compression, string>> = {
  gzip: MEDIA.ociLayerGzip,
  zstd: MEDIA.ociLayerZstd,
  none: MEDIA.ociLayer,
};

/** The bytes of an OCI manifest over a config and layers, bottom first. */
export function formatManifest(
  config: { readonly digest: Digest; readonly size: number },
  layers: readonly { readonly digest: Digest; readonly size: number; readonly compression: Compression }[],
): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA.ociManifest,
      config: { mediaType: MEDIA.ociConfig, digest: config.digest, size: config.size },
      layers: layers.map(({ digest, size, compression }) => ({ mediaType: LAYER_TYPES[compression], digest, size })),
    }),
  );
}

/** A manifest that was made here. */
export function chosenManifest(bytes: Buffer): ChosenManifest {
  const digest = digestOf(bytes);
  const manifest = parseManifest(bytes) as ImageManifest;
  return { manifest, digest, topDigest: digest, documents: [{ digest, bytes }] };
}

async function document(spool: Spool, name: string): Promise<Buffer | undefined> {
  const file = spool.file(name);
  return file === undefined ? undefined : readDocument(file, name);
}

function readDocument(file: Spooled, name: string): Promise<Buffer>;
function readDocument(file: Spooled | undefined, name: string): Promise<Buffer | undefined>;
async function readDocument(file: Spooled | undefined, name: string): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  if (file.size > MANIFEST_MAX)
    throw invalidArgument(`the archive's ${isDigest(name) ? name : quote(name)} is larger than ${MANIFEST_MAX} bytes`);
  return readFile(file.path);
}
