// Finding a container by what a person types: name, id or the unique beginning of an id. Pure.

import { conflict, notFound } from '../base/errors.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** What is said when there is none. */
interface Words {
  readonly none: string;
  readonly hint: string;
}

const PRESENT: Words = { none: 'no such container', hint: 'See `slipway ps -a` for what there is.' };

/** The one container that `text` means. Throws NotFound, or Conflict that lists the candidates. */
export function findContainer<T extends Named>(all: Iterable<T>, text: string, doing: string, words = PRESENT): T {
  const candidates: T[] = [];
  const wanted = text.startsWith('/') ? text.slice(1) : text;
  for (const item of all) {
    if (item.id === wanted || item.name === wanted) return item;
    if (/^[0-9a-f]+$/.test(wanted) && item.id.startsWith(wanted)) candidates.push(item);
  }
  const [first, ...rest] = candidates;
  if (first === undefined) throw notFound(`${doing} ${text === '' ? '""' : text}: ${words.none}`, { hint: words.hint });
  if (rest.length === 0) return first;
  const list = candidates.map((item) => `${item.id.slice(0, 12)} (${item.name})`).join(', ');
  throw conflict(`${doing} ${text}: the prefix fits several containers: ${list}`, {
    hint: 'Type more of the id, or the name.',
  });
}
