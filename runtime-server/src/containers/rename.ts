// Another name for a container: taken before it is on the disk, given back when that fails. Knows one cell and the names.

import { conflict, toEngineError } from '../base/errors.ts';
import type { Cell } from './cell.ts';
import type { Identities } from './identities.ts';

/** The old name. Rejects with Conflict for its own name or a taken one. */
export async function renameCell(
  cell: Cell,
  name: string,
  names: Pick<Identities, 'take' | 'free'>,
  save: () => Promise<void>,
): Promise<string> {
  cell.may('rename');
  const old = cell.name;
  if (name === old) throw conflict(`rename container ${old}: that is its name already`);
  names.take(name);
  cell.setName(name);
  try {
    await cell.save(save);
  } catch (cause) {
    names.free(name);
    cell.setName(old);
    throw toEngineError(cause, `rename container ${old}`);
  }
  names.free(old);
  return old;
}
