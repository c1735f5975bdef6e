// Which names and ids are taken. A name is taken from the moment a creation begins until the container is gone.

import { randomBytes } from 'node:crypto';
import { conflict } from '../base/errors.ts';
import { checkName, generateName } from './names.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

export class Identities {
  private readonly names = new Set<string>();
  private readonly all: () => Iterable<Named>;

  /** `all` gives the containers there are. */
  constructor(all: () => Iterable<Named>) {
    this.all = all;
  }

  /** Takes the wanted name, or a new one. Throws InvalidArgument for a bad name, Conflict that says who has it. */
  take(wanted: string | undefined): string {
    if (wanted !== undefined) checkName(wanted);
    const name = wanted ?? generateName((candidate) => this.names.has(candidate));
    if (this.names.has(name)) throw this.taken(name);
    this.names.add(name);
    return name;
  }

  /** For containers that are there already. */
  add(name: string): void {
    this.names.add(name);
  }

  free(name: string): void {
    this.names.delete(name);
  }

  /** A fresh id; its first 12 digits, which people see, are unique too (and so the 16 that name its sockets). */
  newId(): string {
    for (;;) {
      const id = randomBytes(32).toString('hex');
      if (![...this.all()].some((other) => other.id.startsWith(id.slice(0, 12)))) return id;
    }
  }

  private taken(name: string): Error {
    const holder = [...this.all()].find((other) => other.name === name);
    const by = holder === undefined ? '' : ` by container ${holder.id.slice(0, 12)}`;
    return conflict(`name container ${name}: the name is taken${by}`, {
      hint: 'Remove that container (slipway rm) or choose another name.',
    });
  }
}
