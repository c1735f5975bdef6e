// The methods about containers. Knows the wire types and the engine, no connection.

import type { StopParams } from '../../../protocol/methods.ts';
import { raceAbort } from '../../base/abort.ts';
import { parseSignal } from '../../base/signals.ts';
import { inspectContainer } from '../../containers/inspect.ts';
import type { StopOptions } from '../../containers/live.ts';
import { isActive } from '../../containers/states.ts';
import type { Engine } from '../../engine/engine.ts';
import { containerFileHandlers } from './container-file-handlers.ts';
import type { Handlers, Method } from './handlers.ts';
import type { SnapshotMethod } from './snapshot-handlers.ts';
import { removalHandlers } from './removal-handlers.ts';

type ContainerMethod = Exclude<Extract<Method, `slipway/containers/${string}`>, SnapshotMethod>;

export function containerHandlers(engine: Engine): Handlers<ContainerMethod> {
  const { containers } = engine;
  return {
    ...containerFileHandlers(engine),
    ...removalHandlers(engine),
    'slipway/containers/prune': (filter) => engine.pruneContainers(filter),
    'slipway/containers/list': ({ all }) => containers.list().filter((container) => all || isActive(container.state)),
    'slipway/containers/create': async (options, signal) => {
      const { id, name } = await engine.create(options, { pull: 'missing', signal });
      return { id, name };
    },
    'slipway/containers/start': async ({ container }) => {
      return containers.start(containers.get(container, 'start').id);
    },
    'slipway/containers/stop': async ({ container, ...how }) => {
      const { id } = containers.get(container, 'stop');
      await containers.stop(id, stopOptions(how));
      return { id };
    },
    'slipway/containers/restart': async ({ container, ...how }) => {
      const { id } = containers.get(container, 'restart');
      await containers.restart(id, stopOptions(how));
      return { id };
    },
    'slipway/containers/kill': async ({ container, signal }) => {
      const { id } = containers.get(container, 'kill');
      await containers.kill(id, parseSignal(signal ?? 'KILL'));
      return { id };
    },
    'slipway/containers/rename': async ({ container, name }) => {
      const { id } = containers.get(container, 'rename');
      await containers.rename(id, name);
      return { id };
    },
    'slipway/containers/wait': async ({ container }, signal) => {
      const { exitCode } = await raceAbort(containers.finished(containers.get(container, 'wait for').id), signal);
      return { exitCode: exitCode ?? 0 };
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
    'slipway/containers/update': async ({ container, limits, restart }) => {
      const { id } = containers.get(container, 'update');
      await containers.update(id, { ...limits, ...(restart === undefined ? {} : { restart }) });
      return { id };
    },
    'slipway/containers/top': ({ container, options }) => engine.inside.top(container, options ?? []),
    'slipway/containers/stats': async ({ containers: names = [], all = false }, signal) => {
      for await (const stats of engine.inside.watchStats({ containers: names, all }, signal)) return stats;
      return [];
    },
    'slipway/containers/inspect': ({ container }) => {
      const record = containers.get(container, 'inspect');
      return inspectContainer(record, containers.paths(record.id), (name) => engine.volumes.path(name));
    },
  };
}

function stopOptions({ timeout, signal }: StopParams): StopOptions {
  return { timeout, signal: signal === undefined ? undefined : parseSignal(signal) };
}
