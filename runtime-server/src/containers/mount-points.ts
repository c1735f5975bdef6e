// What a container has mounted: from what was asked for to the points that its record keeps, and back from the record. Pure.

import { posix } from 'node:path';
import type { MountOptions, Propagation } from '../../protocol/mounts.ts';
import type { CreateOptions } from '../../protocol/models.ts';
import { invalidArgument } from '../base/errors.ts';
import {
  array,
  boolean,
  compact,
  count,
  expected,
  member,
  optional,
  record,
  root,
  string,
  type Field,
} from '../base/validate.ts';
import { ANONYMOUS_LABEL, anonymousName, parseVolumeName } from '../volumes/names.ts';
import { checkVolumeRequest } from '../volumes/volumes.ts';
import { mountTarget, parseVolume, PROPAGATIONS } from './volumes.ts';

/** One mount of a container. The record keeps it, so nothing in it depends on where the data directory lies. */
export interface MountPoint {
  readonly type: MountOptions['type'];
  readonly destination: string;
  readonly readOnly: boolean;
  /** What was typed behind `-v`'s second colon. */
  readonly mode: string;
  /** Of a bind: the path on the machine. */
  readonly source?: string;
  /** Of a bind: made as a folder where it is missing (`-v`). */
  readonly make?: boolean;
  readonly propagation?: Propagation;
  readonly recursive?: NonNullable<MountOptions['recursive']>;
  /** Of a volume. */
  readonly name?: string;
  /** Nobody has named it: it goes with `rm -v`. */
  readonly anonymous?: boolean;
  readonly noCopy?: boolean;
  readonly subpath?: string;
  /** What the volume is made with. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly driverOptions?: Readonly<Record<string, string>>;
  /** Options of a tmpfs, as `--tmpfs` has them. */
  readonly tmpfs?: string;
}

/** The options of one container that say what it has mounted. */
export type MountRequests = Pick<CreateOptions, 'volumes' | 'mounts' | 'volumesFrom' | 'volumeDriver' | 'host'>;

/** Where the engine itself mounts: an image has no say there. */
const OWN_PLACE = /^\/((proc|sys|dev)(\/.*)?)?$/s;

/** As many as the runtime takes, and more than anybody needs. */
const MOST = 1000;

/**
 * Docker's order: `--volumes-from`, then `-v` and `--mount`, then what the image wants volumes for. The later takes the place of the
 * earlier, but the image's. `of` tells what another container has. Throws InvalidArgument in docker's words.
 */
export function resolveMounts(
  requests: MountRequests,
  imageVolumes: readonly string[],
  of: (container: string) => readonly MountPoint[],
): readonly MountPoint[] {
  const points = new Map<string, MountPoint>();
  for (const text of requests.volumesFrom ?? [])
    for (const point of fromOther(text, of)) points.set(point.destination, point);
  const taken = new Set(Object.keys(requests.host?.tmpfs ?? {}).map((path) => posix.normalize(path)));
  const named = (requests.volumes ?? []).map((text) => ofText(text, requests.volumeDriver));
  const [anonymous, given] = [named.filter((point) => point.anonymous), named.filter((point) => !point.anonymous)];
  const asked = array(root(requests.mounts ?? []), readOptions);
  for (const point of [...given, ...asked.map(ofOptions)]) {
    if (taken.has(point.destination))
      throw invalidArgument(`mount at ${point.destination}: Duplicate mount point: ${point.destination}`);
    taken.add(point.destination);
    points.set(point.destination, point);
  }
  const wanted = imageVolumes.map((path) => posix.resolve('/', path)).filter((path) => !OWN_PLACE.test(path));
  for (const point of [...anonymous, ...wanted.map((path) => ofText(path))])
    if (!points.has(point.destination) && !taken.has(point.destination)) points.set(point.destination, point);
  if (points.size > MOST) throw invalidArgument(`create container: more than ${MOST} mounts`);
  return [...points.values()];
}

/** `-v`. */
function ofText(text: string, driver?: string): MountPoint {
  const { source, destination, mode, readOnly, noCopy, propagation } = parseVolume(text);
  const common = { destination, readOnly, mode };
  if (source?.startsWith('/') === true)
    return compact({ type: 'bind' as const, ...common, source, make: true, propagation });
  checkVolumeRequest(compact({ name: source, driver }));
  return { type: 'volume', ...common, ...nameOf(source), ...(noCopy ? { noCopy } : {}) };
}

function nameOf(name: string | undefined): Pick<MountPoint, 'name' | 'anonymous' | 'labels'> {
  if (name !== undefined && name !== '') return { name };
  return { name: anonymousName(), anonymous: true, labels: { [ANONYMOUS_LABEL]: '' } };
}

/** `--mount`. */
function ofOptions(options: MountOptions): MountPoint {
  const { type, target, source, readOnly = false } = options;
  const common = { type, destination: mountTarget(target, target), readOnly, mode: '' };
  checkKind(options);
  switch (type) {
    case 'bind': {
      const { propagation, recursive } = options;
      return compact({ ...common, source: posix.normalize(source ?? ''), propagation, recursive });
    }
    case 'tmpfs':
      return { ...common, tmpfs: tmpfsText(options) };
    case 'volume': {
      const { noCopy, subpath, labels, driver, driverOptions } = options;
      checkVolumeRequest(compact({ name: source === '' ? undefined : source, driver, options: driverOptions }));
      const given = nameOf(source);
      const all = { ...labels, ...given.labels };
      const made = { ...given, labels: Object.keys(all).length === 0 ? undefined : all };
      return compact({ ...common, ...made, noCopy, subpath, driverOptions });
    }
  }
}

function checkKind({
  type,
  source = '',
  target,
  propagation,
  recursive,
  readOnly,
  subpath,
  ...rest
}: MountOptions): void {
  const fail = (reason: string): never => {
    throw invalidArgument(`mount at ${target}: invalid mount config for type "${type}": ${reason}`);
  };
  if (type === 'bind' && source === '') fail('field Source must not be empty');
  if (type === 'bind' && (!source.startsWith('/') || source.includes('\0')))
    fail(`invalid mount path: '${source}' mount path must be absolute`);
  if (type === 'tmpfs' && source !== '') fail('field Source must not be specified');
  if (type !== 'bind' && (propagation !== undefined || recursive !== undefined))
    fail('field BindOptions must not be specified');
  if (recursive === 'readonly' && readOnly !== true) fail('mount must be read-only for bind-recursive=readonly');
  if (recursive === 'readonly' && (propagation ?? 'rprivate') !== 'rprivate')
    fail('mount must have bind-propagation=rprivate for bind-recursive=readonly');
  const ofVolume = [rest.noCopy, subpath, rest.labels, rest.driver, rest.driverOptions];
  if (type !== 'volume' && ofVolume.some((value) => value !== undefined))
    fail('field VolumeOptions must not be specified');
  if (subpath !== undefined && !/^(?!\/)(?!(.*\/)?\.\.(\/|$))[^\0]+$/s.test(subpath))
    fail('subpath must be a relative path within the volume');
  const ofTmpfs = [rest.tmpfsSize, rest.tmpfsMode];
  if (type !== 'tmpfs' && ofTmpfs.some((value) => value !== undefined))
    fail('field TmpfsOptions must not be specified');
  if (type === 'volume' && source === '' && subpath !== undefined)
    fail('must not set Subpath when using anonymous volumes');
}

function tmpfsText({ tmpfsSize, tmpfsMode }: MountOptions): string {
  const size = tmpfsSize === undefined || tmpfsSize === 0 ? [] : [`size=${tmpfsSize}`];
  const mode = tmpfsMode === undefined || tmpfsMode === 0 ? [] : [`mode=${tmpfsMode.toString(8)}`];
  return [...size, ...mode].join(',');
}

/** `--volumes-from NAME[:ro|rw|z]`: all but its tmpfs. */
function fromOther(text: string, of: (container: string) => readonly MountPoint[]): readonly MountPoint[] {
  const [name = '', mode, ...more] = text.split(':');
  if (name === '' || more.length > 0 || (mode !== undefined && !['ro', 'rw', 'z', 'Z'].includes(mode)))
    throw invalidArgument(`take volumes from ${text}: invalid volumes-from specification: '${text}'`, {
      hint: 'The form is CONTAINER[:ro|rw]',
    });
  return of(name)
    .filter(({ type }) => type !== 'tmpfs')
    .map((point) => (mode === undefined ? point : { ...point, mode, readOnly: point.readOnly || mode === 'ro' }));
}

/** The mounts of a record; one from before they were kept has binds alone. */
export function mountPoints({ mounts, volumes }: MountsOfRecord): readonly MountPoint[] {
  return mounts ?? volumes.map((text) => ofText(text));
}

interface MountsOfRecord {
  readonly mounts?: readonly MountPoint[];
  readonly volumes: readonly string[];
}

/** Names of the volumes that it has, each once. */
export const volumeNames = (config: MountsOfRecord): readonly string[] => [
  ...new Set(mountPoints(config).flatMap(({ name }) => (name === undefined ? [] : [name]))),
];

/** `--mount` of unknown origin. Throws InvalidArgument that names the JSON path. */
function readOptions(field: Field): MountOptions {
  const part = reader(field);
  return compact({
    type: oneOf(member(field, 'type'), TYPES),
    target: string(member(field, 'target')),
    source: part('source', string),
    readOnly: part('readOnly', boolean),
    propagation: part('propagation', (inner) => oneOf(inner, PROPAGATIONS)),
    recursive: part('recursive', (inner) => oneOf(inner, RECURSIVE)),
    noCopy: part('noCopy', boolean),
    subpath: part('subpath', string),
    labels: part('labels', strings),
    driver: part('driver', string),
    driverOptions: part('driverOptions', strings),
    tmpfsSize: part('tmpfsSize', count),
    tmpfsMode: part('tmpfsMode', count),
  });
}

/** Reads the points of a record as strictly as if they had just been typed. Throws InvalidArgument. */
export function readMountPoints(value: unknown): readonly MountPoint[] {
  return array(root(value), readPoint);
}

function readPoint(field: Field): MountPoint {
  const part = reader(field);
  const destination = string(member(field, 'destination'));
  const point = compact({
    type: oneOf(member(field, 'type'), TYPES),
    destination: mountTarget(destination, destination),
    readOnly: boolean(member(field, 'readOnly')),
    mode: string(member(field, 'mode')),
    source: part('source', string),
    make: part('make', boolean),
    propagation: part('propagation', (inner) => oneOf(inner, PROPAGATIONS)),
    recursive: part('recursive', (inner) => oneOf(inner, RECURSIVE)),
    name: part('name', (inner) => parseVolumeName(string(inner), 'read container record: use volume')),
    anonymous: part('anonymous', boolean),
    noCopy: part('noCopy', boolean),
    subpath: part('subpath', string),
    labels: part('labels', strings),
    driverOptions: part('driverOptions', strings),
    tmpfs: part('tmpfs', string),
  });
  const needed = { bind: point.source, volume: point.name, tmpfs: point.tmpfs }[point.type];
  if (needed === undefined) throw expected(field, `a whole mount of type ${point.type}`);
  return point;
}

const TYPES = ['bind', 'volume', 'tmpfs'] as const;
const RECURSIVE = ['enabled', 'disabled', 'writable', 'readonly'] as const;
const strings = (field: Field): Readonly<Record<string, string>> => record(field, string);

/** Reads members that may be absent. */
const reader =
  (field: Field) =>
  <T>(name: string, read: (inner: Field) => T): T | undefined =>
    optional(member(field, name), read);

function oneOf<T extends string>(field: Field, words: readonly T[]): T {
  const word = words.find((one) => one === field.value);
  if (word === undefined) throw expected(field, words.join(' or '));
  return word;
}
