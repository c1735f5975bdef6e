// The addresses of the extension's read-only documents: slipway:/KIND/ID/TITLE. Pure.

import { type Target } from '../contributions.ts';

export interface ObjectAddress {
  readonly kind: 'image' | 'container';
  readonly id: string;
}

export type DocumentAddress = ObjectAddress | { readonly kind: 'doctor' } | { readonly kind: 'storage' };

/** The path of an `inspect` document; the last part is what the editor's tab shows. */
export function inspectPath(target: Target, name: string): string {
  const title = `${name.replaceAll('/', '∕')}.json`;
  return `/${target.kind}/${target.id}/${title}`;
}

export const DOCTOR_PATH = '/doctor/Slipway Doctor.md';

export const STORAGE_PATH = '/storage/Slipway Storage.md';

/** What a path names; undefined for a path that is not ours. */
export function readPath(path: string): DocumentAddress | undefined {
  const [, kind, id] = path.split('/');
  if (kind === 'doctor' || kind === 'storage') return { kind };
  if ((kind === 'image' || kind === 'container') && id !== undefined && id !== '') return { kind, id };
  return undefined;
}
