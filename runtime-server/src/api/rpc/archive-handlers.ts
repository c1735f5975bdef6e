// The methods about archives: files that the window's person chose. Knows the wire types and the engine, no connection.

import { isAbsolute } from 'node:path';
import type { ArchiveProgress } from '../../../protocol/progress.ts';
import { invalidArgument } from '../../base/errors.ts';
import { printable } from '../../base/validate.ts';
import type { Engine } from '../../engine/engine.ts';
import type { BytesListener } from '../../images/images.ts';
import type { Handlers } from './handlers.ts';

export type ArchiveMethod = 'slipway/images/save' | 'slipway/images/load' | 'slipway/images/import';

/** Milliseconds between two notifications of one archive. */
const INTERVAL = 100;

/** `tell` notifies the window of progress. */
export function archiveHandlers(engine: Engine, tell: (progress: ArchiveProgress) => void): Handlers<ArchiveMethod> {
  const { archives } = engine;
  const listener = (operation: string): BytesListener => {
    let last = -Infinity;
    return (current, total) => {
      const now = performance.now();
      if (now - last < INTERVAL) return;
      last = now;
      tell({ operation, current, ...(total === undefined ? {} : { total }) });
    };
  };
  return {
    'slipway/images/save': async ({ images, file, operation }, signal) => {
      await archives.save(images, { to: absolute(file), signal, onBytes: listener(operation) });
      return { file };
    },
    'slipway/images/load': ({ file, platform, operation }, signal) =>
      archives.load({ from: absolute(file), onBytes: listener(operation) }, { platform, signal }),
    'slipway/images/import': ({ file, operation, ...how }, signal) =>
      archives.import({ from: absolute(file), onBytes: listener(operation) }, { ...how, signal }),
  };
}

function absolute(file: string): string {
  if (isAbsolute(file)) return file;
  throw invalidArgument(`open ${printable(file)}: the path is not absolute`);
}
