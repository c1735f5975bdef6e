// <data>/refs: one small file per reference, the roots from which images are found. A file's name is the hash of its
// reference, so that no reference can reach outside the directory. Knows no manifests.

import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../base/errors.ts';
import { listNames, readSmallFile, writeFileAtomic } from '../base/fs.ts';
import { formatJson, parseJson } from '../base/json.ts';
import { inTurns } from '../base/mutex.ts';
import { compact, member, optional, root, string } from '../base/validate.ts';
import { mediaTypeField } from '../oci/descriptor.ts';
import { digestField, digestOf, hexOf, type Digest } from '../oci/digest.ts';
import { canonical, parseReference, type Reference } from '../oci/reference.ts';

/** A tag, or a digest by which an image was pulled or stays known after its tag has moved on. */
export interface Ref {
  /** With a tag or with a digest, never both. */
  readonly reference: Reference;
  /** Of the platform's manifest. */
  readonly manifestDigest: Digest;
  readonly mediaType: string;
  /** RFC 3339. */
  readonly pulledAt: string;
  /** What the registry's reference pointed at: the index or the manifest. Absent for an image that came from no registry. */
  readonly repoDigest?: Digest;
}

/**
 * Changes are whole and seen at once. A power cut before the next syncfs may take one back: then the ref is as before or is
 * left out as damaged, never wrong, since what it names is verified when it is read.
 */
export interface RefStore {
  start(): Promise<void>;
  /** All refs on the disk. Files that can't be read are told to `onDamage` and left out. */
  load(onDamage: (file: string, reason: string) => void): Promise<readonly Ref[]>;
  write(ref: Ref): Promise<void>;
  remove(reference: Reference): Promise<void>;
}

/** Bytes; a name has 4 KiB at most. */
const REF_MAX = 64 << 10;

export function createRefStore(dataDirectory: string, workspace: { discard(path: string): Promise<void> }): RefStore {
  const directory = join(dataDirectory, 'refs');
  const path = (reference: Reference): string => join(directory, fileName(reference));
  const options = { temporaryDirectory: join(dataDirectory, 'tmp'), sync: false };
  return {
    async start() {
      await fs.mkdir(directory, { recursive: true });
    },
    async load(onDamage) {
      const names = (await listNames(directory)).filter((name) => /^[a-f0-9]{64}\.json$/.test(name));
      const loaded: Ref[] = [];
      await inTurns(names, (name) => {
        const ref = loadOne(directory, name, onDamage);
        if (ref !== undefined) loaded.push(ref);
      });
      return loaded;
    },
    write: (ref) => writeFileAtomic(path(ref.reference), formatRef(ref), options),
    remove: (reference) => workspace.discard(path(reference)),
  };
}

/** In the order of their names; each is put together once. */
export function byName(refs: readonly Ref[]): Ref[] {
  const keyed = refs.map((ref) => ({ ref, name: canonical(ref.reference) }));
  return keyed.sort((a, b) => a.name.localeCompare(b.name, 'en')).map(({ ref }) => ref);
}

function fileName(reference: Reference): string {
  return `${hexOf(digestOf(canonical(reference)))}.json`;
}

function loadOne(directory: string, name: string, onDamage: (file: string, reason: string) => void): Ref | undefined {
  const text = readSmallFile(join(directory, name), REF_MAX);
  if (text === undefined) {
    onDamage(name, 'it is no small file');
    return undefined;
  }
  try {
    const ref = parseRef(text);
    if (fileName(ref.reference) === name) return ref;
    onDamage(name, 'its name does not belong to its reference');
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    onDamage(name, error.message);
  }
  return undefined;
}

function formatRef(ref: Ref): string {
  const { manifestDigest, mediaType, pulledAt, repoDigest } = ref;
  return formatJson({ reference: canonical(ref.reference), manifestDigest, mediaType, pulledAt, repoDigest });
}

function parseRef(text: Uint8Array): Ref {
  const document = root(parseJson(text, 'ref'));
  return compact({
    reference: parseReference(string(member(document, 'reference'))),
    manifestDigest: digestField(member(document, 'manifestDigest')),
    mediaType: mediaTypeField(member(document, 'mediaType')),
    pulledAt: string(member(document, 'pulledAt')),
    repoDigest: optional(member(document, 'repoDigest'), digestField),
  });
}
