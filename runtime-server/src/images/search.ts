// What a person looks for, as a registry and a term; and what was found, under names that can be pulled.

import type { SearchHit } from '../../protocol/methods.ts';
import { invalidArgument, notFound } from '../base/errors.ts';
import { printable } from '../base/validate.ts';
import { DEFAULT_REGISTRY, familiar, parseReference, splitTerm } from '../oci/reference.ts';
import type { Registry } from '../registry/client.ts';
import { during } from './failure.ts';
import type { Images } from './images.ts';

const LIMIT = 25;
const LIMIT_MAX = 100;
const TERM_MAX = 255;

export function createSearch(registry: () => Promise<Pick<Registry, 'search'>>): Images['search'] {
  return (text, { limit = LIMIT, signal } = {}) =>
    during(`search ${printable(text)}`, async () => {
      if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX)
        throw invalidArgument(`limit ${limit} is outside the range of [1, ${LIMIT_MAX}]`);
      if (text.length > TERM_MAX || !/^[\x21-\x7e]+$/.test(text))
        throw invalidArgument('a term has letters, digits and . _ - / : only');
      const { host, term } = splitTerm(text);
      const found = await (await registry()).search({ host, term, limit, signal });
      return found.map((hit): SearchHit => ({
        ...hit,
        name: host === DEFAULT_REGISTRY ? hit.name : `${host}/${hit.name}`,
      }));
    });
}

export function createTags(registry: () => Promise<Pick<Registry, 'tags'>>): Images['tags'] {
  return (text, { signal } = {}) =>
    during(`pull ${printable(text)}`, async () => {
      const reference = parseReference(text, 'pull');
      if (reference.tag !== undefined || reference.digest !== undefined)
        throw invalidArgument("a tag can't be used with --all-tags/-a");
      const tags = await (await registry()).tags(reference, { signal });
      if (tags.length === 0) throw notFound('it has no tags');
      return tags.map((tag) => familiar({ ...reference, tag }));
    });
}
