// How one line of `doctor` is made. Knows no check.

import { readFile } from 'node:fs/promises';
import type { DoctorCheck } from '../../protocol/models.ts';

export type Outcome = Pick<DoctorCheck, 'status' | 'detail'> & { readonly fix?: string };

export async function check(id: string, title: string, outcome: Outcome | Promise<Outcome>): Promise<DoctorCheck> {
  return { id, title, ...(await outcome) };
}

/** A file's text without what surrounds it; undefined when it can't be read. */
export const text = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (value) => value.trim(),
    () => undefined,
  );
