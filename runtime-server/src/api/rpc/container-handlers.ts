// The methods about containers. Knows the wire types and the engine, no connection.

import { inspectContainer } from '../../containers/inspect.ts';
import { isLive } from '../../containers/record.ts';
import type { Engine } from '../../engine/engine.ts';
import { containerFileHandlers } from './container-file-handlers.ts';
import type { Handlers, Method } from './handlers.ts';

export function containerHandlers(engine: Engine): Handlers<Extract<Method, `slipway/containers/${string}`>> {
  const { containers } = engine;
  return {
    ...containerFileHandlers(engine),
    'slipway/containers/prune': (filter) => engine.pruneContainers(filter),
    'slipway/containers/list': ({ all }) => containers.list().filter((container) => all || isLive(container.state)),
    'slipway/containers/create': async (options, signal) => {
      const { id, name } = await engine.create(options, { pull: 'missing', signal });
      return { id, name };
    },
    'slipway/containers/start': async ({ container }) => {
      return containers.start(containers.get(container, 'start').id);
    },
    'slipway/containers/stop': async ({ container, timeout }) => {
      const { id } = containers.get(container, 'stop');
      await containers.stop(id, timeout ?? 10);
      return { id };
    },
    'slipway/containers/pause': async ({ container }) => {
      const { id } = containers.get(container, 'pause');
      await containers.pause(id);
      return { id };
    },
    'slipway/containers/unpause': async ({ container }) => {
      const { id } = containers.get(container, 'unpause');
      await containers.unpause(id);
      return { id };
    },
    'slipway/containers/update': async ({ container, limits }) => {
      const { id } = containers.get(container, 'update');
      await containers.update(id, limits);
      return { id };
    },
    'slipway/containers/remove': async ({ container, force }) => {
      const { id } = containers.get(container, 'remove');
      await containers.remove(id, { force: force ?? false });
      return { id };
    },
    'slipway/containers/inspect': ({ container }) => {
      const record = containers.get(container, 'inspect');
      return inspectContainer(record, containers.paths(record.id).log);
    },
  };
}
