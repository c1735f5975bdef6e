// `ps --filter`: which containers fit (moby, daemon/list.go). Values of one key: any of them, but all labels; of several
// keys: all of them.

import { invalidArgument, isCode } from '../../../base/errors.ts';
import { mountPoints } from '../../../containers/mount-points.ts';
import type { ContainerRecord } from '../../../containers/record.ts';
import { isActive, STATES } from '../../../containers/states.ts';
import type { Engine } from '../../../engine/engine.ts';
import { hasLabels } from '../../../oci/filter.ts';
import { gatherFilters, type Filters } from '../filters.ts';
import { parseInteger } from '../quantities.ts';
import type { ContainerEntry } from './container-rows.ts';

const KEYS = [
  ...['ancestor', 'before', 'exited', 'health', 'id', 'label', 'name', 'network', 'publish', 'since', 'status'],
  'volume',
];
const HEALTHS = ['none', 'starting', 'healthy', 'unhealthy'];

export interface ContainerFilter {
  /** Containers that don't run count, too, without `--all`. */
  readonly anyState: boolean;
  suits(entry: ContainerEntry): boolean;
}

type Test = (entry: ContainerEntry) => boolean;

/** Throws InvalidArgument for what is no filter, NotFound for a container that `before` or `since` names. */
export async function containerFilter(engine: Engine, texts: readonly string[]): Promise<ContainerFilter> {
  const filters = gatherFilters(texts, KEYS, 'ps');
  const tests: Test[] = [];
  const any = (key: string, test: (value: string) => Test): void => {
    const values = filters.get(key)?.map(test);
    if (values !== undefined) tests.push((entry) => values.some((suits) => suits(entry)));
  };
  any('id', (value) => matching<ContainerEntry>(value, ({ record }) => record.id));
  any('name', (value) => matching<ContainerEntry>(value.replace(/^\^?\//, '^'), ({ record }) => record.name));
  any('status', (value) => status(value));
  any('exited', (value) => exited(value));
  any('health', (value) => health(value));
  any(
    'network',
    (value) =>
      ({ record }) =>
        value === 'none' || value === record.config.network,
  );
  any(
    'volume',
    (value) =>
      ({ record }) =>
        mountNames(record).includes(value),
  );
  any('publish', (value) => published(value));
  any('before', (value) => created(engine, value, (mine, other) => mine < other));
  any('since', (value) => created(engine, value, (mine, other) => mine > other));
  const labels = filters.get('label');
  if (labels !== undefined) tests.push(({ record }) => hasLabels(record.config.labels, { labels }));
  await ancestors(engine, filters, tests);
  return { anyState: filters.has('status'), suits: (entry) => tests.every((test) => test(entry)) };
}

/** A regular expression as in docker, but none that could take long. */
export function matching<T>(pattern: string, of: (entry: T) => string, command = 'ps'): (entry: T) => boolean {
  const repeats = pattern.replaceAll(/\\./gs, '').match(/[*+?{]/g) ?? [];
  if (repeats.length > 3 || /\)[*+?{]/.test(pattern) || pattern.length > 255)
    throw invalidArgument(`${command}: the pattern ${JSON.stringify(pattern)} is too complex`);
  try {
    const expression = new RegExp(pattern, 'u');
    return (entry) => of(entry) === pattern || expression.test(of(entry));
  } catch (cause) {
    throw invalidArgument(`${command}: ${JSON.stringify(pattern)} is no regular expression`, { cause });
  }
}

function status(value: string): Test {
  const state = STATES.find((one) => one === value);
  if (state === undefined)
    throw invalidArgument(`ps: invalid filter 'status=${value}'`, { hint: `One of: ${STATES.join(', ')}` });
  return ({ summary }) => summary.state === state;
}

function exited(value: string): Test {
  const code = parseInteger(value, '--filter exited');
  return ({ record: { run } }) => !isActive(run.state) && run.startedAt !== undefined && run.exitCode === code;
}

function health(value: string): Test {
  if (!HEALTHS.includes(value)) throw invalidArgument(`ps: unrecognised filter value for health: ${value}`);
  return ({ summary }) => (summary.health ?? 'none') === value;
}

function published(value: string): Test {
  if (!/^\d{1,5}(-\d{1,5})?(\/(tcp|udp|sctp))?$/.test(value))
    throw invalidArgument(`ps: invalid filter 'publish=${value}'`);
  return () => false;
}

function created(engine: Engine, name: string, fits: (mine: string, other: string) => boolean): Test {
  const other = engine.containers.get(name, 'ps: compare with');
  return ({ record }) => record.id !== other.id && fits(record.created, other.created);
}

const mountNames = ({ config }: ContainerRecord): readonly string[] =>
  mountPoints(config).flatMap(({ name, source, destination }) => [name ?? source ?? '', destination]);

/** Containers of the image or of one that has all of its layers below its own; none where there is no such image. */
async function ancestors(engine: Engine, filters: Filters, tests: Test[]): Promise<void> {
  const names = filters.get('ancestor');
  if (names === undefined) return;
  const found = await Promise.all(names.map((name) => ancestor(engine, name)));
  tests.push((entry) => found.some((suits) => suits(entry)));
}

async function ancestor(engine: Engine, name: string): Promise<Test> {
  try {
    const { id, diffIds } = await engine.images.resolve(name);
    const isBelow = (above: readonly string[]): boolean =>
      diffIds.length > 0 && diffIds.every((diffId, index) => above[index] === diffId);
    return ({ record: { image } }) => image.id === id || isBelow(image.diffIds);
  } catch (error) {
    if (isCode(error, 'NotFound')) return () => false;
    throw error;
  }
}
