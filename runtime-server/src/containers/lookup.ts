// Finding a container by what a person types: name, id or the unique beginning of an id. Pure.

import { conflict, notFound } from '../base/errors.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The one container that `text` means. Throws NotFound, or Conflict that lists the candidates. */
export function findContainer<T extends Named>(all: Iterable<T>, text: string, doing: string): T {
  const candidates: T[] = [];
  const wanted = text.startsWith('/') ? text.slice(1) : text;
  for (const item of all) {
    if (item.id === wanted || item.name === wanted) return item;
    if (/^[0-9a-f]+$/.test(wanted) && item.id.startsWith(wanted)) candidates.push(item);
  }
  const [first, ...rest] = candidates;
  if (first === undefined)
    throw notFound(`${doing} ${text === '' ? '""' : text}: no such container`, {
      hint: 'See `slipway ps -a` for what there is.',
    });
  if (rest.length === 0) return first;
  const list = candidates.map((item) => `${item.id.slice(0, 12)} (${item.name})`).join(', ');
  throw conflict(`${doing} ${text}: the prefix fits several containers: ${list}`, {
    hint: 'Type more of the id, or the name.',
  });
}
