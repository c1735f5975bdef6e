// The syntax of `-v`: host path, container path, options. Pure; whether the host path exists is asked at start.

import { posix } from 'node:path';
import { invalidArgument, unsupported } from '../base/errors.ts';

export interface BindRequest {
  readonly source: string;
  readonly destination: string;
  readonly readOnly: boolean;
}

/** Parses `/host:/container[:ro|rw]`. Throws InvalidArgument, or Unsupported for a named or anonymous volume. */
export function parseVolume(text: string): BindRequest {
  const parts = text.split(':');
  const [source = '', destination = '', options = ''] = parts;
  if (parts.length === 1 || !source.startsWith('/')) {
    throw unsupported(`mount ${text}: named and anonymous volumes are not supported yet`, {
      hint: 'Give a host folder: -v /host/folder:/container/folder',
    });
  }
  if (parts.length > 3)
    throw invalidArgument(`mount ${text}: too many colons`, { hint: 'The form is /host:/container[:ro]' });
  if (!destination.startsWith('/') || posix.normalize(destination) === '/') {
    throw invalidArgument(`mount ${text}: the container path must be absolute and not "/"`);
  }
  return {
    source: posix.normalize(source),
    destination: posix.normalize(destination),
    readOnly: parseOptions(text, options),
  };
}

function parseOptions(text: string, options: string): boolean {
  let readOnly = false;
  for (const option of options === '' ? [] : options.split(',')) {
    if (option === 'ro') readOnly = true;
    else if (option !== 'rw' && option !== 'z' && option !== 'Z')
      throw invalidArgument(`mount ${text}: unknown option ${JSON.stringify(option)}`);
  }
  return readOnly;
}
