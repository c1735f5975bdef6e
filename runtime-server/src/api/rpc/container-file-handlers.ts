// The methods about containers' files as a whole. Knows the wire types and the engine, no connection.

import { isAbsolute } from 'node:path';
import { invalidArgument } from '../../base/errors.ts';
import { writeOutputFile } from '../../base/output-file.ts';
import { printable } from '../../base/validate.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Handlers } from './handlers.ts';

type FileMethod = 'slipway/containers/diff' | 'slipway/containers/export' | 'slipway/containers/commit';

export function containerFileHandlers({ files }: Engine): Handlers<FileMethod> {
  return {
    'slipway/containers/diff': ({ container }, signal) => files.changes(container, signal),
    'slipway/containers/export': async ({ container, file }, signal) => {
      if (!isAbsolute(file)) throw invalidArgument(`export ${printable(container)}: the file's path must be absolute`);
      await files.export(container, (bytes) => writeOutputFile(file, bytes, signal), signal);
      return { file };
    },
    'slipway/containers/commit': ({ container, pause, ...options }, signal) =>
      files.commit(container, { ...options, pause: pause ?? true }, signal),
  };
}
