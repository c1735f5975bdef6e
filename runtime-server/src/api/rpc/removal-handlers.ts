// The methods that take containers away and bring them back. Knows the wire types and the engine, no connection.

import type { Engine } from '../../engine/engine.ts';
import type { Handlers } from './handlers.ts';

type RemovalMethod = 'slipway/containers/remove' | 'slipway/containers/removed' | 'slipway/containers/restore';

export function removalHandlers(engine: Engine): Handlers<RemovalMethod> {
  const { containers } = engine;
  return {
    'slipway/containers/remove': async ({ container, force, volumes, purge }) => {
      const { id } = containers.get(container, 'remove');
      const how = { force: force ?? false, volumes: volumes ?? false, purge: purge ?? false };
      const restorable = await containers.remove(id, how);
      return { id, restorable };
    },
    'slipway/containers/removed': async () => (await containers.removed.list()).map(({ summary }) => summary),
    'slipway/containers/restore': async ({ container, name }) => {
      const { id } = await containers.removed.get(container, 'restore');
      return engine.restore(id, { name });
    },
  };
}
