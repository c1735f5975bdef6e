// The methods about archives: files that the window's person chose. Knows the wire types and the engine, no connection.

import { isAbsolute } from 'node:path';
import type { ArchiveProgress, PullProgress } from '../../../protocol/progress.ts';
import { invalidArgument } from '../../base/errors.ts';
import { printable } from '../../base/validate.ts';
import type { Engine } from '../../engine/engine.ts';
import type { BytesListener } from '../../images/images.ts';
import type { Handlers } from './handlers.ts';

export type ArchiveMethod = 'slipway/images/save' | 'slipway/images/load' | 'slipway/images/import';

/** `tell` notifies the window of progress. */
export function archiveHandlers(engine: Engine, tell: (progress: ArchiveProgress) => void): Handlers<ArchiveMethod> {
  const { archives } = engine;
  const bytesOf =
    (operation: string): BytesListener =>
    (current, total) => {
      tell({ operation, phase: 'archive', current, ...(total === undefined ? {} : { total }) });
    };
  const layersOf = (operation: string): ((progress: PullProgress) => void) => {
    const sum = sumOfLayers();
    return (progress) => {
      tell({ operation, phase: 'layers', ...sum(progress) });
    };
  };
  return {
    'slipway/images/save': async ({ images, file, operation }, signal) => {
      await archives.save(images, { to: absolute(file), signal, onBytes: bytesOf(operation) });
      return { file };
    },
    'slipway/images/load': ({ file, platform, operation }, signal) =>
      archives.load(
        { from: absolute(file), onBytes: bytesOf(operation) },
        { platform, onProgress: layersOf(operation), signal },
      ),
    'slipway/images/import': ({ file, operation, ...how }, signal) =>
      archives.import(
        { from: absolute(file), onBytes: bytesOf(operation) },
        { ...how, onProgress: layersOf(operation), signal },
      ),
  };
}

/** Adds up what is unpacked of all layers of all images. */
function sumOfLayers(): (progress: PullProgress) => { readonly current: number; readonly total: number } {
  const layers = new Map<string, { readonly current: number; readonly total: number }>();
  return (progress) => {
    if (progress.kind === 'manifest')
      for (const { id, size } of progress.layers) layers.set(id, { current: 0, total: size });
    if (progress.kind === 'layer') {
      const { id, status, current = 0, total = 0 } = progress;
      const done = status === 'complete' || status === 'exists';
      layers.set(id, { current: done ? total : status === 'extracting' ? current : 0, total });
    }
    const all = [...layers.values()];
    const sum = (member: 'current' | 'total'): number => all.reduce((before, layer) => before + layer[member], 0);
    return { current: sum('current'), total: sum('total') };
  };
}

function absolute(file: string): string {
  if (isAbsolute(file)) return file;
  throw invalidArgument(`open ${printable(file)}: the path is not absolute`);
}
