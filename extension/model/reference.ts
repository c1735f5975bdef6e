// A first look at a typed reference, for the input box: the server's own parser decides. Pure.

import { type Localizer } from '../base/localize.ts';

/** Why the text can't be a reference; undefined when it may be one. */
export function referenceProblem(text: string, l10n: Localizer): string | undefined {
  const reference = text.trim();
  if (reference === '') return l10n.t('Type the name of an image, for example alpine or ghcr.io/owner/name:tag.');
  if (/\s/.test(reference)) return l10n.t('A reference has no spaces.');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(reference))
    return l10n.t('A reference begins with the registry, without https://.');
  const [name = ''] = reference.split('@', 1);
  const repository = name.includes('/') ? name.slice(name.lastIndexOf('/') + 1) : name;
  const path = repository.replace(/:[^:]*$/, '');
  if (/[A-Z]/.test(path)) return l10n.t('A repository has no capital letters.');
  if (/[^A-Za-z0-9._\-/:@+[\]]/.test(reference)) return l10n.t('A reference has letters, digits and . _ - / : @ only.');
  return undefined;
}
