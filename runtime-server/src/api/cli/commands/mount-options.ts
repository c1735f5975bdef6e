// The options of run and create that say what is mounted: -v, --mount, --volumes-from, --volume-driver (docker/cli, opts/mount.go).
// From words to data; what makes sense is decided by containers/mount-points.ts, for every api alike.

import { resolve } from 'node:path';
import type { CreateOptions } from '../../../../protocol/models.ts';
import type { MountOptions } from '../../../../protocol/mounts.ts';
import { compact } from '../../../base/validate.ts';
import { PROPAGATIONS } from '../../../containers/volumes.ts';
import type { OptionSpec, ParsedOptions } from '../options.ts';
import { badArgument, parseBytes } from '../quantities.ts';
import type { CliSession } from '../session.ts';

export const MOUNT_OPTIONS: readonly OptionSpec[] = [
  {
    long: 'volume',
    short: 'v',
    kind: 'list',
    placeholder: 'VOLUME|HOST:CONTAINER[:ro]',
    help: 'Mount a volume or a host folder',
  },
  {
    long: 'mount',
    kind: 'list',
    placeholder: 'KEY=VALUE,...',
    help: 'Mount something: type=volume|bind|tmpfs,src=…,dst=…[,ro]',
  },
  {
    long: 'volumes-from',
    kind: 'list',
    placeholder: 'CONTAINER[:ro]',
    help: 'Mount what another container has mounted',
  },
  { long: 'volume-driver', kind: 'value', placeholder: 'local', help: 'Driver of the volumes that are made' },
];

export function mountOptions(
  { request }: Pick<CliSession, 'request'>,
  options: ParsedOptions,
): Pick<CreateOptions, 'volumes' | 'mounts' | 'volumesFrom' | 'volumeDriver'> {
  const mounts = options.list('mount').map((text) => parseMount(text, request.cwd));
  const volumesFrom = options.list('volumes-from');
  return {
    // The same twice is one, as in docker.
    volumes: [...new Set(options.list('volume').map((volume) => withAbsoluteSource(volume, request.cwd)))],
    ...(mounts.length === 0 ? {} : { mounts }),
    ...(volumesFrom.length === 0 ? {} : { volumesFrom }),
    ...compact({ volumeDriver: options.value('volume-driver') }),
  };
}

const isRelative = (path: string): boolean => /^\.{1,2}(\/|$)/.test(path);

/** `./src:/src` is meant from where the person is, as in docker since 23. */
function withAbsoluteSource(volume: string, cwd: string): string {
  const colon = volume.indexOf(':');
  const source = volume.slice(0, Math.max(0, colon));
  return isRelative(source) ? `${resolve(cwd, source)}${volume.slice(colon)}` : volume;
}

/** Keys of which there may be several. */
interface Lists {
  readonly labels: Record<string, string>;
  readonly driverOptions: Record<string, string>;
}

type Taken = { -readonly [K in keyof MountOptions]?: MountOptions[K] };
type Take = (mount: Taken, value: string, lists: Lists) => void;

/** One `--mount`. Throws InvalidArgument in docker's words. */
export function parseMount(text: string, cwd: string): MountOptions {
  const fail = (reason: string): never => {
    throw badArgument(text, '--mount', reason);
  };
  const mount: Taken = { type: 'volume' };
  const lists: Lists = { labels: {}, driverOptions: {} };
  const keys: string[] = [];
  for (const field of csvFields(text, fail)) {
    const at = field.indexOf('=');
    const key = (at < 0 ? field : field.slice(0, at)).toLowerCase();
    keys.push(key);
    if (at < 0 && !FLAGS.includes(key)) fail(`invalid field '${field}' must be a key=value pair`);
    const take = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    if (take === undefined) return fail(`unexpected key '${key}' in '${field}'`);
    try {
      take(mount, at < 0 ? 'true' : field.slice(at + 1), lists);
    } catch (error) {
      if (!(error instanceof WrongValue)) throw error;
      fail(error.message === '' ? `invalid value for ${key}: ${field.slice(at + 1)}` : error.message);
    }
  }
  const { type = 'volume', target = fail('target is required'), source, ...rest } = mount;
  checkMix(type, keys, fail);
  if (rest.recursive === 'readonly' && rest.readOnly !== true)
    fail("option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction");
  const named = source !== undefined && isRelative(source) && type === 'bind' ? resolve(cwd, source) : source;
  const { labels, driverOptions } = lists;
  const some = (entries: Record<string, string>): Record<string, string> | undefined =>
    Object.keys(entries).length === 0 ? undefined : entries;
  const whole = { type, target, source: named, ...rest, labels: some(labels), driverOptions: some(driverOptions) };
  return compact(whole);
}

/** Options of one type, and not of another. */
function checkMix(type: string, keys: readonly string[], fail: (reason: string) => never): void {
  for (const other of ['bind', 'volume', 'tmpfs'])
    if (other !== type && keys.some((key) => key.startsWith(`${other}-`)))
      fail(`cannot mix '${other}-*' options with mount type '${type}'`);
}

class WrongValue extends Error {}

const FLAGS = ['readonly', 'ro', 'volume-nocopy', 'bind-nonrecursive'];

function flag(value: string): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value)) return false;
  throw new WrongValue();
}

function oneOf<T extends string>(value: string, words: readonly T[]): T {
  const word = words.find((one) => one === value);
  if (word === undefined) throw new WrongValue();
  return word;
}

const pairInto =
  (list: keyof Lists): Take =>
  (_, value, lists) => {
    const [key = '', ...rest] = value.split('=');
    lists[list][key] = rest.join('=');
  };
const source: Take = (mount, value) => (mount.source = value);
const target: Take = (mount, value) => (mount.target = value);
const readOnly: Take = (mount, value) => (mount.readOnly = flag(value));

const KEYS: Readonly<Record<string, Take>> = {
  type: (mount, value) => (mount.type = oneOf(value.toLowerCase(), ['volume', 'bind', 'tmpfs'] as const)),
  source,
  src: source,
  target,
  dst: target,
  destination: target,
  readonly: readOnly,
  ro: readOnly,
  // macOS's; nothing to keep here.
  consistency: () => undefined,
  'bind-propagation': (mount, value) => (mount.propagation = oneOf(value, PROPAGATIONS)),
  'bind-nonrecursive': (mount, value) => {
    if (flag(value)) mount.recursive = 'disabled';
  },
  'bind-recursive': (mount, value) =>
    (mount.recursive = oneOf(value, ['enabled', 'disabled', 'writable', 'readonly'] as const)),
  'volume-nocopy': (mount, value) => (mount.noCopy = flag(value)),
  'volume-subpath': (mount, value) => (mount.subpath = value),
  'volume-label': pairInto('labels'),
  'volume-driver': (mount, value) => (mount.driver = value),
  'volume-opt': pairInto('driverOptions'),
  'tmpfs-size': (mount, value) => {
    try {
      mount.tmpfsSize = parseBytes(value, '--mount');
    } catch (cause) {
      throw new WrongValue('', { cause });
    }
  },
  'tmpfs-mode': (mount, value) => {
    if (!/^[0-7]{1,5}$/.test(value)) throw new WrongValue();
    mount.tmpfsMode = Number.parseInt(value, 8);
  },
};

/** One line of CSV (RFC 4180): a field in quotes may hold commas, and a quote is two of them. */
function csvFields(text: string, fail: (reason: string) => never): readonly string[] {
  const fields: string[] = [];
  for (let rest = `,${text}`; rest !== '';) {
    const [match = '', quoted, plain = ''] = /^,(?:"((?:[^"]|"")*)"(?=,|$)|([^",]*)(?=,|$))/s.exec(rest) ?? [];
    if (match === '') fail('parse error: bare " in non-quoted field');
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
    rest = rest.slice(match.length);
  }
  return fields;
}
