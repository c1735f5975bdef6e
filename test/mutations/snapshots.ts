// Defences of snapshots, forks and rewinds, as table.ts describes them.
import type { Mutation, Rows } from './mutation.ts';

const of =
  (file: string, test: string): Rows =>
  (name, text, without, pattern) => ({
    ...{ name: `snapshots: ${name}`, file, text, without },
    ...{ test: `test/${test}.test.ts`, pattern },
  });
const UNIT = 'unit/containers/snapshots';
const COPY = 'native/layer/copy';
const snapshots = of('runtime-server/src/containers/snapshots/snapshots.ts', UNIT);

export const SNAPSHOTS: readonly Mutation[] = [
  snapshots(
    'the record names a directory before it is frozen',
    '    await this.restack(cell, stack);\n    await this.deps.frozen.take(this.deps.store.paths(cell.id).upper, id);\n',
    '    await this.deps.frozen.take(this.deps.store.paths(cell.id).upper, id);\n    await this.restack(cell, stack);\n',
    'the record comes first',
  ),
  of('runtime-server/src/containers/runs.ts', UNIT)(
    'no start before what is owed is made up for',
    '    await this.deps.settle(cell);\n',
    '',
    'made up for before a start',
  ),
  snapshots(
    'the sweep spares what containers need',
    '    for (const { stack = [] } of this.holders()) yield stack;\n',
    '',
    'a fork has a name',
  ),
  snapshots(
    'no sweep while a record can’t be read',
    "      if (records.some(({ run }) => run.state === 'dead')) return;\n",
    '',
    'read nothing is swept',
  ),
  of('native/src/layer/copy_attributes.c', COPY)(
    'a copy has the overlay’s own attributes',
    'if (!is_overlays(name) && !xattrs_allowed(name)) return 0;',
    'if (!xattrs_allowed(name)) return 0;',
    'is the same to overlayfs',
  ),
  of('native/src/layer/diff.c', COPY)(
    'what one of several upper directories hides is gone',
    'sides->opaque || upper.covered;',
    'sides->opaque;',
    'are one to pack and diff',
  ),
];
