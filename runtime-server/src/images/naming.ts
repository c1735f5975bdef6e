// Which reference names which image: writing a tag, keeping the image it named before, removing names (Docker's rmi).
// Changes of the catalog happen one after the other.

import type { RemoveImageResult } from '../../protocol/methods.ts';
import { conflict, invalidArgument } from '../base/errors.ts';
import { createKeyedMutex } from '../base/mutex.ts';
import { printable } from '../base/validate.ts';
import {
  canonical,
  familiar,
  parseReference,
  repositoryName,
  withDefaultTag,
  type Reference,
} from '../oci/reference.ts';
import type { Catalog, LoadedImage } from './catalog.ts';
import { keysOf, type Collector } from './collect.ts';
import type { RemoveImageOptions } from './images.ts';
import type { LeaseKey } from './leases.ts';
import { lookUp, repoDigestOf, requireImage, type Found } from './lookup.ts';
import type { Ref } from './refs.ts';

export type NamingAction = 'pull' | 'import' | 'load' | 'commit' | 'tag';

export interface Naming {
  /** Gives the image the ref's name. The image that had the name stays, without a tag. */
  assign(ref: Ref, image: LoadedImage, action: NamingAction): Promise<void>;
  /** Keeps what a push made of a name: the registry now has it under the digest of the image's manifest. */
  pushed(ref: Ref, image: LoadedImage): Promise<void>;
  /** Docker's `tag`: another name for a local image. */
  tag(text: string, reference: string): Promise<void>;
  remove(text: string, options: NamesRemoval): Promise<RemoveImageResult>;
}

/** `allTags`: an image named by its ID goes with all of its tags. */
export type NamesRemoval = RemoveImageOptions & { readonly allTags?: boolean };

/** Where an image without a name is kept; shown as `<none>`, as it has no tag. */
export function nameless(image: LoadedImage): Reference {
  return { registry: 'localhost', repository: 'untagged', digest: image.manifestDigest };
}

/** The ref of an image that came from no registry. */
export function localRef({ manifestDigest, manifest }: LoadedImage, reference: Reference, now: Date): Ref {
  return { reference, manifestDigest, mediaType: manifest.mediaType, pulledAt: now.toISOString() };
}

export interface NamingOptions {
  readonly catalog: Catalog;
  readonly collect: Collector;
  readonly now: () => Date;
  readonly onChange: (action: NamingAction | 'push' | 'untag' | 'delete', image: LoadedImage) => Promise<void>;
}

export function createNaming(options: NamingOptions): Naming {
  const mutex = createKeyedMutex();
  return {
    assign: (ref, image, action) => mutex.run('names', () => assign(options, ref, image, action)),
    pushed: (ref, image) => mutex.run('names', () => pushed(options, ref, image)),
    tag: (text, reference) => mutex.run('names', () => tag(options, text, reference)),
    remove: (text, how) => mutex.run('names', () => remove(options, text, how)),
  };
}

async function assign(
  { catalog, collect, onChange }: NamingOptions,
  ref: Ref,
  image: LoadedImage,
  action: NamingAction,
): Promise<void> {
  const before = catalog.ref(ref.reference);
  const former = before === undefined ? undefined : catalog.imageOf(before);
  const moves = before !== undefined && former !== undefined && former.id !== image.id;
  const outdated = before === undefined ? undefined : contentOf(catalog, [before]);
  if (moves && catalog.refsOf(former.id).length === 1) await catalog.put(withoutTag(before), former);
  await catalog.put(ref, image);
  await onChange(action, image);
  if (moves) await onChange('untag', former);
  if (outdated !== undefined) await collect(outdated); // another manifest of the same image, an index of before
}

async function pushed({ catalog, collect, onChange }: NamingOptions, ref: Ref, image: LoadedImage): Promise<void> {
  const now = catalog.ref(ref.reference);
  if (now?.manifestDigest !== ref.manifestDigest) return; // it names another image by now
  await catalog.put({ ...now, repoDigest: ref.manifestDigest }, image);
  await onChange('push', image);
  // The index that the name was pulled by.
  if (now.repoDigest !== undefined && now.repoDigest !== ref.manifestDigest)
    await collect(new Set([`blob ${now.repoDigest}` as const]));
}

async function tag(options: NamingOptions, text: string, name: string): Promise<void> {
  const { catalog } = options;
  const image = requireImage(lookUp(catalog, text, 'tag image'), text, 'tag image');
  const reference = withDefaultTag(parseReference(name, 'tag image'));
  if (reference.digest !== undefined) {
    throw invalidArgument(`tag image ${printable(name)}: a digest can't be given`, {
      hint: 'Name a tag after a colon.',
    });
  }
  const repository = repositoryName(reference);
  const same = catalog.refsOf(image.id).find((ref) => repositoryName(ref.reference) === repository);
  const { mediaType } = image.manifest;
  // Only in a repository that it was pulled from is a digest known to the registry.
  const ref = same ?? {
    reference,
    manifestDigest: image.manifestDigest,
    mediaType,
    pulledAt: options.now().toISOString(),
  };
  await assign(options, { ...ref, reference }, catalog.imageOf(ref) ?? image, 'tag');
}

/** The same by digest: how an image without a tag stays known. */
function withoutTag(ref: Ref): Ref {
  const { registry, repository } = ref.reference;
  return { ...ref, reference: { registry, repository, digest: ref.repoDigest ?? ref.manifestDigest } };
}

async function remove(options: NamingOptions, text: string, how: NamesRemoval): Promise<RemoveImageResult> {
  const found = lookUp(options.catalog, text, 'remove image');
  if (found.by === 'damaged') return removeDamaged(options, found.ref);
  const { image } = found;
  const refs = options.catalog.refsOf(image.id);
  const doomed = found.by === 'name' ? namesToRemove(found, refs) : refs;
  const rest = refs.filter((ref) => !doomed.includes(ref));
  if (found.by === 'id' && how.allTags !== true) refuseSeveralTags(text, refs, how);
  const users = rest.length > 0 ? [] : await how.usedBy(image.id);
  if (users.length > 0 && how.force !== true) throw inUse(text, users);
  const untagged = [...new Set(doomed.flatMap(namesOf))];
  const content = contentOf(options.catalog, doomed);
  const kept = users.length > 0 ? doomed[0] : undefined;
  if (kept !== undefined) await options.catalog.put(withoutTag(kept), image);
  await dropAll(options.catalog, kept === undefined ? doomed : doomed.filter((ref) => ref.reference.tag !== undefined));
  const removed = await options.collect(content);
  const gone = rest.length === 0 && kept === undefined;
  await options.onChange(gone ? 'delete' : 'untag', image);
  return { untagged, deleted: gone ? [image.id, ...removed.layers] : [], freed: removed.bytes };
}

// With a repository's last tag its digests go too.
function namesToRemove(found: Found & { by: 'name' }, refs: readonly Ref[]): readonly Ref[] {
  const name = repositoryName(found.ref.reference);
  const siblings = refs.filter((ref) => ref !== found.ref && repositoryName(ref.reference) === name);
  const lastTag = siblings.every((ref) => ref.reference.tag === undefined);
  return found.ref.reference.tag !== undefined && lastTag ? [found.ref, ...siblings] : [found.ref];
}

async function removeDamaged({ catalog, collect }: NamingOptions, ref: Ref): Promise<RemoveImageResult> {
  await catalog.drop(ref);
  const { bytes } = await collect();
  return { untagged: namesOf(ref), deleted: [], freed: bytes };
}

async function dropAll(catalog: Catalog, refs: readonly Ref[]): Promise<void> {
  for (const ref of refs) await catalog.drop(ref);
}

// What may be garbage when these refs are gone: not only of one manifest, as an image can have several.
function contentOf(catalog: Catalog, refs: readonly Ref[]): ReadonlySet<LeaseKey> {
  const images = refs.map((ref) => catalog.imageOf(ref)).filter((image) => image !== undefined);
  const tops = refs.map((ref) => `blob ${ref.repoDigest ?? ref.manifestDigest}` as const);
  return new Set([...images.flatMap(keysOf), ...tops]);
}

function namesOf(ref: Ref): readonly string[] {
  const tag = ref.reference.tag === undefined ? undefined : canonical(ref.reference);
  return [tag, repoDigestOf(ref)].filter((name) => name !== undefined);
}

function refuseSeveralTags(text: string, refs: readonly Ref[], how: RemoveImageOptions): void {
  const tags = refs.filter((ref) => ref.reference.tag !== undefined);
  if (tags.length < 2 || how.force === true) return;
  throw conflict(
    `remove image ${text}: it has several tags: ${tags.map((ref) => familiar(ref.reference)).join(', ')}`,
    {
      hint: 'Remove it by each tag, or all at once with `-f`.',
    },
  );
}

function inUse(text: string, users: readonly string[]): Error {
  const names = users.slice(0, 5).join(', ') + (users.length > 5 ? ` and ${users.length - 5} more` : '');
  return conflict(
    `remove image ${text}: ${users.length === 1 ? 'the container' : 'the containers'} ${names} use${users.length === 1 ? 's' : ''} it`,
    {
      hint: 'Remove the container first, or only the name of the image with `-f`.',
    },
  );
}
