// Names of volumes: read before one becomes a path. Pure but for the random ones.

import { randomBytes } from 'node:crypto';
import { invalidArgument } from '../base/errors.ts';
import { printable } from '../base/validate.ts';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
/** A file's name has at most 255 bytes. */
const LONGEST = 255;

/** Docker's own label of a volume that nobody has named. */
export const ANONYMOUS_LABEL = 'com.docker.volume.anonymous';

/** True for what can be a volume's name and the name of a folder: no slash, no leading dot. */
export const isVolumeName = (text: string): boolean => NAME.test(text) && text.length <= LONGEST;

/** The name as it is. Throws InvalidArgument in docker's words. */
export function parseVolumeName(text: string, doing: string): string {
  if (isVolumeName(text)) return text;
  if (text.length < 2)
    throw invalidArgument(
      `${doing} ${printable(text)}: volume name is too short, names should be at least two alphanumeric characters`,
    );
  throw invalidArgument(
    `${doing} ${printable(text)}: it includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed`,
    { hint: 'If you intended to pass a host directory, use absolute path.' },
  );
}

/** 64 hexadecimal digits, as docker names what nobody has named. */
export const anonymousName = (): string => randomBytes(32).toString('hex');
