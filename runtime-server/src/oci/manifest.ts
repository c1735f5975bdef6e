// Manifests and indexes (image-spec, manifest.md and image-index.md; Docker's schema 2 and list). Pure.

import { invalidArgument, unsupported } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { array, compact, has, member, optional, quote, record, root, string, type Field } from '../base/validate.ts';
import { descriptorField, mediaTypeField, type Descriptor } from './descriptor.ts';
import { isIndex, isManifest, isSchema1, MEDIA } from './media-types.ts';

/** The layers of one platform's image, bottom first, and its config. */
export interface ImageManifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One manifest per platform. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Longest manifest, index or image config that is read (security.md). */
export const MANIFEST_MAX = 4 << 20;
/** As many lower directories as overlay takes. */
export const LAYERS_MAX = 500;
const MANIFESTS_MAX = 10_000;

/**
 * Parses a manifest or an index. `contentType` is what the registry or the descriptor calls it: the document's own
 * `mediaType` must say the same (CVE-2021-41190), and one with both `layers` and `manifests` is refused.
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): ImageManifest | ImageIndex {
  if (bytes.length > MANIFEST_MAX) throw invalidArgument(`manifest: larger than ${MANIFEST_MAX} bytes`);
  const document = root(parseJson(bytes, 'manifest'));
  const mediaType = agreeOnType(document, known(contentType));
  const kind = kindOf(document, mediaType);
  return kind === 'index' ? indexOf(document, mediaType) : manifestOf(document, mediaType);
}

function agreeOnType(document: Field, contentType: string | undefined): string | undefined {
  const version = member(document, 'schemaVersion').value;
  const own = optional(member(document, 'mediaType'), mediaTypeField);
  if (version === 1 || [own, contentType].some((type) => type !== undefined && isSchema1(type))) {
    throw unsupported("manifest: Docker's schema 1 is not supported", {
      hint: 'Push the image to the registry again with a current tool.',
    });
  }
  if (version !== 2) throw invalidArgument('$.schemaVersion: expected 2');
  if (own !== undefined && contentType !== undefined && own !== contentType) {
    throw invalidArgument(`$.mediaType: ${quote(own)} differs from what the registry calls it, ${quote(contentType)}`);
  }
  return own ?? contentType;
}

function kindOf(document: Field, mediaType: string | undefined): 'index' | 'manifest' {
  const layered = has(document, 'layers') || has(document, 'config');
  const indexed = has(document, 'manifests');
  if (layered && indexed) throw invalidArgument('manifest: it has both layers and manifests');
  if (mediaType !== undefined && !isIndex(mediaType) && !isManifest(mediaType)) {
    throw unsupported(`manifest: ${quote(mediaType)} is no image`);
  }
  if (mediaType !== undefined && isIndex(mediaType) !== indexed) {
    throw invalidArgument(`manifest: called ${quote(mediaType)} but it has ${indexed ? 'manifests' : 'no manifests'}`);
  }
  return indexed ? 'index' : 'manifest';
}

function indexOf(document: Field, mediaType: string | undefined): ImageIndex {
  const manifests = array(member(document, 'manifests'), descriptorField);
  if (manifests.length > MANIFESTS_MAX) throw invalidArgument(`$.manifests: more than ${MANIFESTS_MAX}`);
  return compact({
    kind: 'index' as const,
    mediaType: mediaType ?? MEDIA.ociIndex,
    manifests,
    annotations: annotationsOf(document),
  });
}

function manifestOf(document: Field, mediaType: string | undefined): ImageManifest {
  const layers = array(member(document, 'layers'), descriptorField);
  if (layers.length > LAYERS_MAX) throw unsupported(`manifest: ${layers.length} layers, at most ${LAYERS_MAX} work`);
  return compact({
    kind: 'manifest' as const,
    mediaType: mediaType ?? MEDIA.ociManifest,
    config: descriptorField(member(document, 'config')),
    layers,
    annotations: annotationsOf(document),
  });
}

function annotationsOf(document: Field): Readonly<Record<string, string>> | undefined {
  return optional(member(document, 'annotations'), (field) => record(field, string));
}

// Content types that say nothing about a manifest, and parameters after a semicolon, don't count.
function known(contentType: string | undefined): string | undefined {
  const bare = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  const vague = ['', 'application/json', 'application/octet-stream', 'binary/octet-stream', 'text/plain'];
  return bare === undefined || vague.includes(bare) ? undefined : bare;
}
