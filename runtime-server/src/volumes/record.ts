// volume.json: what a volume was made with. Read back from a disk that nobody vouches for. Pure.

import { invalidArgument } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { member, record, root, string } from '../base/validate.ts';
import { ANONYMOUS_LABEL } from './names.ts';
import type { VolumeOptions } from './options.ts';

export interface VolumeRecord {
  readonly version: 1;
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: VolumeOptions;
}

/** There is no other. */
export const DRIVER = 'local';

export const isAnonymous = ({ labels }: VolumeRecord): boolean => Object.hasOwn(labels, ANONYMOUS_LABEL);

/** Throws InvalidArgument that names the JSON path; extra members are kept out. */
export function parseVolumeRecord(bytes: Uint8Array): VolumeRecord {
  const fields = root(parseJson(bytes, 'volume record'));
  if (member(fields, 'version').value !== 1) throw invalidArgument('volume record: not one of version 1');
  return {
    version: 1,
    name: string(member(fields, 'name')),
    created: string(member(fields, 'created')),
    labels: record(member(fields, 'labels'), string),
    options: record(member(fields, 'options'), string),
  };
}
