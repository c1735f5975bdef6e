// The addresses of the extension's read-only documents: slipway:/KIND/ID/TITLE. Pure.

import { type Target } from '../contributions.ts';

export interface ObjectAddress {
  readonly kind: Target['kind'];
  readonly id: string;
}

/** The list of a container's changes. */
export interface ChangesAddress {
  readonly kind: 'changes';
  readonly id: string;
}

export type DocumentAddress =
  ObjectAddress | ChangesAddress | { readonly kind: 'doctor' } | { readonly kind: 'storage' };

/** The path of an `inspect` document; the last part is what the editor's tab shows. */
export function inspectPath(target: Target, name: string): string {
  const title = `${name.replaceAll('/', '∕')}.json`;
  return `/${target.kind}/${target.id}/${title}`;
}

/** The path of the list of a container's changes. */
export function changesPath(id: string, name: string): string {
  return `/changes/${id}/${name.replaceAll('/', '∕')}.changes`;
}

export const DOCTOR_PATH = '/doctor/Slipway Doctor.md';

export const STORAGE_PATH = '/storage/Slipway Storage.md';

/** What a path names; undefined for a path that is not ours. */
export function readPath(path: string): DocumentAddress | undefined {
  const [, kind, id] = path.split('/');
  if (kind === 'doctor' || kind === 'storage') return { kind };
  if (
    (kind === 'image' || kind === 'container' || kind === 'volume' || kind === 'changes') &&
    id !== undefined &&
    id !== ''
  )
    return { kind, id };
  return undefined;
}
