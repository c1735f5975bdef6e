// What a snapshot is, and how it is read back from a disk that nobody vouches for. Pure.

import { invalidArgument } from '../../base/errors.ts';
import { parseJson } from '../../base/json.ts';
import { array, compact, expected, has, member, optional, root, string, type Field } from '../../base/validate.ts';
import { isContainerId } from '../record.ts';

/** What a container's files were at one moment. */
export interface Snapshot {
  readonly version: 1;
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name?: string;
  /** ID of the container that it is of; it goes with that. */
  readonly container: string;
  /** RFC 3339. */
  readonly created: string;
  /** The frozen directories above the image, bottom first. */
  readonly stack: readonly string[];
  /** Made by a rewind, of what was there before. */
  readonly automatic?: true;
}

/** Reads a snapshot's file; extra members are kept out. Throws InvalidArgument naming what is wrong. */
export function parseSnapshot(text: string): Snapshot {
  const field = root(parseJson(text, 'snapshot'));
  if (member(field, 'version').value !== 1) throw invalidArgument('read snapshot: not one of version 1');
  return compact({
    version: 1 as const,
    id: idField(member(field, 'id')),
    name: optional(member(field, 'name'), string),
    container: idField(member(field, 'container')),
    created: string(member(field, 'created')),
    stack: array(member(field, 'stack'), idField),
    automatic: has(field, 'automatic') ? (true as const) : undefined,
  });
}

function idField(field: Field): string {
  const id = string(field);
  if (isContainerId(id)) return id;
  throw expected(field, '64 hexadecimal digits');
}

/** Whether two stacks are the same files. */
export const isSameStack = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((id, index) => id === other[index]);

/** What is said of a rewind without a snapshot's name: the last that somebody made. */
export function newest(snapshots: Iterable<Snapshot>): Snapshot | undefined {
  return [...snapshots]
    .filter(({ automatic }) => automatic !== true)
    .reduce<Snapshot | undefined>(
      (last, one) => (last === undefined || one.created >= last.created ? one : last),
      undefined,
    );
}

/** The frozen directories that nobody needs: neither a container nor a snapshot nor work that is going on. Marked, never counted. */
export function unneeded(frozen: Iterable<string>, stacks: Iterable<readonly string[]>): readonly string[] {
  const needed = new Set<string>();
  for (const stack of stacks) for (const id of stack) needed.add(id);
  return [...frozen].filter((id) => !needed.has(id));
}
