// The methods about snapshots of containers. Knows the wire types and the engine, no connection.

import { listSnapshots } from '../../containers/snapshots/summary.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Handlers } from './handlers.ts';

export type SnapshotMethod =
  | 'slipway/containers/snapshot'
  | 'slipway/containers/fork'
  | 'slipway/containers/rewind'
  | 'slipway/snapshots/list'
  | 'slipway/snapshots/remove';

export function snapshotHandlers({ containers }: Engine): Handlers<SnapshotMethod> {
  const { snapshots } = containers;
  return {
    'slipway/containers/snapshot': async ({ container, name }, signal) => {
      const { id } = await snapshots.create(containers.get(container, 'snapshot').id, name, signal);
      return { id };
    },
    'slipway/containers/fork': async ({ container, name }, signal) => {
      const fork = await snapshots.fork(containers.get(container, 'fork').id, { name }, signal);
      return { id: fork.id, name: fork.name };
    },
    'slipway/containers/rewind': async ({ container, snapshot, force = false }, signal) => {
      const { id } = containers.get(container, 'rewind');
      const { target, before } = await snapshots.rewind(id, snapshot, { force }, signal);
      return { snapshot: target.id, before: before.id };
    },
    'slipway/snapshots/list': ({ container }) =>
      listSnapshots(
        containers,
        container === undefined ? undefined : containers.get(container, 'list snapshots of').id,
      ),
    'slipway/snapshots/remove': async ({ snapshot }) => {
      const { id } = snapshots.get(snapshot, 'remove snapshot');
      await snapshots.remove(id);
      return { id };
    },
  };
}
