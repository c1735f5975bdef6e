// Defences of containers' life on the disk (runtime-server/src/containers), as table.ts describes them.
import type { Mutation, Rows } from './mutation.ts';

const of =
  (file: string, test: string): Rows =>
  (name, text, without, pattern) => ({
    ...{ name: `containers: ${name}`, file: `runtime-server/src/containers/${file}`, text, without },
    ...{ test: `test/${test}.test.ts`, pattern },
  });
const REMOVED = 'unit/containers/removed';
const LIMITS = 'unit/containers/undo-limits';

export const CONTAINERS: readonly Mutation[] = [
  of('snapshots/snapshots.ts', 'unit/containers/snapshots')(
    'what a removed container needs is not swept',
    'return [...this.host.records(), ...this.host.removed()];',
    'return this.host.records();',
    'a removed one keeps',
  ),
  of('containers.ts', 'unit/containers/snapshots')(
    'a new server knows what removed containers need',
    'await this.snapshots.recover(() => this.removed.remember());',
    'await this.snapshots.recover(() => Promise.resolve());',
    'a removed one keeps',
  ),
  of('undo-limits.ts', LIMITS)(
    'removed containers leave most of the disk alone',
    'Math.min(limits.size, Math.floor((free + all) / FREE_PART))',
    'limits.size',
    'a tenth',
  ),
  of('undo-limits.ts', LIMITS)('removed containers are counted', 'if (!counted.has(one)) continue;', '', 'hold 200'),
  of('undo-limits.ts', LIMITS)('removed containers grow old', 'now - removedAt < limits.age', 'true', 'let the old go'),
  of('removed.ts', REMOVED)(
    'a restored container does not go by itself',
    'config: { ...config, autoRemove: false },',
    'config,',
    'come back, too',
  ),
  of('removed.ts', REMOVED)(
    'no policy starts a restored container',
    "run: run.state === 'created' ? run : { ...run, stopped: true },",
    'run,',
    'with a policy',
  ),
  of('removed.ts', REMOVED)(
    'the name of a container that can’t be restored is free',
    'this.names.free(back.name);',
    '',
    'put back stay removed',
  ),
  of('removal.ts', REMOVED)(
    'what can’t be kept is removed all the same',
    'await store.remove(id);',
    '',
    'removed all the same',
  ),
];
