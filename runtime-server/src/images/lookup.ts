// From what a person typed (reference, digest, ID, prefix of an ID) to a local image, by Docker's rules. Pure over the catalog.

import { conflict, dataLoss, notFound } from '../base/errors.ts';
import { printable } from '../base/validate.ts';
import { isDigest, shortId, type Digest } from '../oci/digest.ts';
import {
  canonical,
  familiar,
  parseReference,
  repositoryName,
  withDefaultTag,
  type Reference,
} from '../oci/reference.ts';
import type { Catalog, LoadedImage } from './catalog.ts';
import type { Ref } from './refs.ts';

export type Found =
  /** Named: by a tag or by `repository@digest`. */
  | { readonly by: 'name'; readonly typed: Reference; readonly ref: Ref; readonly image: LoadedImage }
  /** Named, but its manifest or config can't be read. */
  | { readonly by: 'damaged'; readonly ref: Ref; readonly image: undefined }
  | { readonly by: 'id'; readonly image: LoadedImage };

/** Throws NotFound, or Conflict when a prefix is ambiguous. `verb` begins the error's text. */
export function lookUp(catalog: Catalog, text: string, verb: string): Found {
  const found = byFullId(catalog, text) ?? byName(catalog, text, verb) ?? byPrefix(catalog, text, verb);
  if (found !== undefined) return found;
  throw notFound(`${verb} ${printable(text)}: no such image`, { hint: 'List the images with `slipway images`.' });
}

/** The image itself, or DataLoss when it is damaged. */
export function requireImage(found: Found, text: string, verb: string): LoadedImage {
  if (found.image !== undefined) return found.image;
  throw dataLoss(`${verb} ${text}: the image is damaged`, { hint: `Fetch it again with \`slipway pull ${text}\`.` });
}

function byFullId(catalog: Catalog, text: string): Found | undefined {
  const id = text.startsWith('sha256:') ? text : `sha256:${text}`;
  if (!isDigest(id)) return undefined;
  const image = catalog.images().find((item) => item.id === id);
  return image === undefined ? undefined : { by: 'id', image };
}

function byName(catalog: Catalog, text: string, verb: string): Found | undefined {
  if (/^(?:sha256:)?[a-f0-9]{64}$/.test(text)) return undefined; // an ID, never a name
  const typed = parseReference(text, verb);
  const ref = typed.digest === undefined ? catalog.ref(withDefaultTag(typed)) : byDigest(catalog, typed, typed.digest);
  if (ref === undefined) return undefined;
  const image = catalog.imageOf(ref);
  return image === undefined ? { by: 'damaged', ref, image } : { by: 'name', typed, ref, image };
}

// `alpine@sha256:…` is also the image that the tag `alpine:3.20` was pulled as.
function byDigest(catalog: Catalog, typed: Reference, digest: Digest): Ref | undefined {
  const { registry, repository } = typed;
  const name = repositoryName(typed);
  return (
    catalog.ref({ registry, repository, digest }) ??
    catalog
      .refs()
      .find((ref) => repositoryName(ref.reference) === name && (ref.repoDigest ?? ref.manifestDigest) === digest)
  );
}

function byPrefix(catalog: Catalog, text: string, verb: string): Found | undefined {
  const prefix = text.replace(/^sha256:/, '');
  if (!/^[a-f0-9]+$/.test(prefix)) return undefined;
  const found = catalog.images().filter((image) => image.id.startsWith(`sha256:${prefix}`));
  if (found.length > 1) {
    const names = found.map((image) => `${shortId(image.id)} (${nameOf(catalog, image)})`);
    throw conflict(`${verb} ${text}: the ID is ambiguous: ${names.join(', ')}`, {
      hint: 'Type more of the ID.',
    });
  }
  return found[0] === undefined ? undefined : { by: 'id', image: found[0] };
}

function nameOf(catalog: Catalog, image: LoadedImage): string {
  const [first] = catalog.refsOf(image.id);
  return first?.reference.tag === undefined ? 'no tag' : familiar(first.reference);
}

/** How a container made from it names the image: as typed, else by a tag, else by the short ID. */
export function displayName(catalog: Catalog, found: Found, image: LoadedImage): string {
  if (found.by === 'name') return familiar(found.typed);
  const tag = catalog.refsOf(image.id).find((ref) => ref.reference.tag !== undefined);
  return tag === undefined ? shortId(image.id) : familiar(tag.reference);
}

/** `docker.io/library/alpine@sha256:…`, for an image that came from a registry. */
export function repoDigestOf(ref: Ref): string | undefined {
  const { registry, repository } = ref.reference;
  return ref.repoDigest === undefined ? undefined : canonical({ registry, repository, digest: ref.repoDigest });
}
