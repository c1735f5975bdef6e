// Where an image comes from (a registry's repository, an OCI layout), as a port; and which manifest of it fits a platform.

import { dataLoss, unsupported } from '../base/errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf, type Digest } from '../oci/digest.ts';
import { MANIFEST_MAX, parseManifest, type ImageIndex, type ImageManifest } from '../oci/manifest.ts';
import { isForeignLayer, isImageConfig, isIndex, isLayer, isManifest } from '../oci/media-types.ts';
import { bestMatch, formatPlatform, type Platform } from '../oci/platform.ts';

export interface ImageSource {
  manifest(target: string, options: { readonly signal?: AbortSignal | undefined }): Promise<SourceManifest>;
  blob(
    descriptor: Descriptor,
    options: { readonly signal?: AbortSignal | undefined; readonly onRetry?: (() => void) | undefined },
  ): AsyncIterable<Uint8Array>;
}

export interface SourceManifest {
  readonly bytes: Buffer;
  readonly contentType?: string;
  readonly digest: Digest;
}

/** Manifest and index blobs by digest that are here already. */
export interface LocalManifests {
  read(digest: Digest, max: number): Promise<Buffer | undefined>;
}

/** The manifest for one platform and how it was reached. */
export interface ChosenManifest {
  readonly manifest: ImageManifest;
  readonly digest: Digest;
  /** What the reference pointed at: the index, or the manifest itself. */
  readonly topDigest: Digest;
  /** To be kept: index (if any) and manifest. */
  readonly documents: readonly { readonly digest: Digest; readonly bytes: Buffer }[];
}

const INDEX_DEPTH = 3;

/** Fetches what `target` (tag or digest) points at and goes down to the manifest for `platform`. */
export async function chooseManifest(
  source: ImageSource,
  local: LocalManifests,
  target: { readonly digest?: Digest; readonly tag: string },
  platform: Platform,
  signal: AbortSignal | undefined,
): Promise<ChosenManifest> {
  const known = target.digest === undefined ? undefined : await local.read(target.digest, MANIFEST_MAX);
  const top =
    known === undefined
      ? await source.manifest(target.digest ?? target.tag, { signal })
      : { bytes: known, digest: digestOf(known) };
  const documents = [top];
  let current = parseManifest(top.bytes, 'contentType' in top ? top.contentType : undefined);
  let digest = top.digest;
  for (let depth = 0; current.kind === 'index'; depth += 1) {
    if (depth === INDEX_DEPTH) throw unsupported(`index ${top.digest} nests more than ${INDEX_DEPTH} indexes`);
    const entry = pick(current, platform);
    const bytes = await fetchEntry(source, local, entry, signal);
    documents.push({ bytes, digest: entry.digest });
    current = parseManifest(bytes, entry.mediaType);
    digest = entry.digest;
  }
  checkManifest(current);
  return { manifest: current, digest, topDigest: top.digest, documents };
}

async function fetchEntry(
  source: ImageSource,
  local: LocalManifests,
  entry: Descriptor,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  if (entry.size > MANIFEST_MAX) throw dataLoss(`manifest ${entry.digest} is larger than ${MANIFEST_MAX} bytes`);
  const bytes =
    (await local.read(entry.digest, MANIFEST_MAX)) ?? (await source.manifest(entry.digest, { signal })).bytes;
  if (bytes.length !== entry.size) throw dataLoss(`manifest ${entry.digest} has another size than its index says`);
  return bytes;
}

function pick(index: ImageIndex, platform: Platform): Descriptor {
  const entries = index.manifests.filter((entry) => isManifest(entry.mediaType) || isIndex(entry.mediaType));
  const best = bestMatch(
    entries.map((entry) => entry.platform),
    platform,
  );
  const nameless = entries.filter((entry) => entry.platform === undefined);
  const entry = best === undefined ? (nameless.length === 1 ? nameless[0] : undefined) : entries[best];
  if (entry !== undefined) return entry;
  throw wrongPlatform(
    platform,
    entries.flatMap((item) => item.platform ?? []),
  );
}

/** The error for an image that does not run on `wanted`; `offered` is what there is. */
export function wrongPlatform(wanted: Platform, offered: readonly Platform[]): Error {
  const names = [...new Set(offered.filter((platform) => platform.os !== 'unknown').map(formatPlatform))];
  const list = names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ');
  return unsupported(
    names.length === 0
      ? `it has nothing for ${formatPlatform(wanted)}`
      : `it has nothing for ${formatPlatform(wanted)}, only for ${list}`,
    {
      hint:
        names[0] === undefined
          ? 'Choose another image.'
          : `To get it for another machine add \`--platform ${names[0]}\`.`,
      detail: { wanted: formatPlatform(wanted), offered: names.join(' ') },
    },
  );
}

function checkManifest(manifest: ImageManifest): void {
  if (!isImageConfig(manifest.config.mediaType)) {
    throw unsupported(`it is no container image (its config is ${manifest.config.mediaType})`);
  }
  if (manifest.config.size > MANIFEST_MAX) throw dataLoss(`its image config is larger than ${MANIFEST_MAX} bytes`);
  for (const layer of manifest.layers) {
    if (isForeignLayer(layer.mediaType) || (layer.urls?.length ?? 0) > 0) {
      throw unsupported(`layer ${layer.digest} would have to come from another address, which is refused`, {
        hint: 'Images with foreign layers (Windows) are not supported.',
      });
    }
    if (!isLayer(layer.mediaType)) throw unsupported(`layer ${layer.digest} is of the unknown type ${layer.mediaType}`);
  }
}
