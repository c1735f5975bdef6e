// The methods about volumes. Knows the wire types and the engine, no connection.

import type { Engine } from '../../engine/engine.ts';
import { inspectVolume } from '../../engine/volumes.ts';
import type { Handlers, Method } from './handlers.ts';

export function volumeHandlers({ volumes }: Engine): Handlers<Extract<Method, `slipway/volumes/${string}`>> {
  return {
    'slipway/volumes/list': () => volumes.list(),
    'slipway/volumes/create': (request) => volumes.create(request),
    'slipway/volumes/inspect': async ({ name }) => inspectVolume(await volumes.get(name)),
    'slipway/volumes/remove': async ({ name }) => {
      await volumes.remove(name, { force: false });
      return {};
    },
    'slipway/volumes/prune': ({ all, ...filter }) => volumes.prune({ ...filter, all: all ?? false }),
  };
}
