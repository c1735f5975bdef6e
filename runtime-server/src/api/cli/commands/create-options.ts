// The options of run, create and exec, and what they ask of the engine. What concerns the machine is host-options.ts's.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CreateOptions } from '../../../../protocol/models.ts';
import { invalidArgument, isErrno, notFound, toEngineError } from '../../../base/errors.ts';
import { optional, type OptionSpec, type ParsedOptions } from '../options.ts';
import type { CliSession } from '../session.ts';
import { HOST_OPTIONS, hostOptions } from './host-options.ts';
import { LIFE_OPTIONS, lifeOptions } from './life-options.ts';
import { NAMING_OPTIONS, namingOptions } from './naming-options.ts';
import { MOUNT_OPTIONS, mountOptions } from './mount-options.ts';

export const STDIO_OPTIONS: readonly OptionSpec[] = [
  { long: 'interactive', short: 'i', kind: 'flag', help: 'Keep standard input open' },
  { long: 'tty', short: 't', kind: 'flag', help: 'Give it a terminal' },
];
export const PROCESS_OPTIONS: readonly OptionSpec[] = [
  {
    long: 'env',
    short: 'e',
    kind: 'list',
    placeholder: 'NAME[=VALUE]',
    help: 'Set an environment variable; without a value, pass the present one',
  },
  { long: 'env-file', kind: 'list', placeholder: 'FILE', help: 'Read environment variables from a file' },
  { long: 'workdir', short: 'w', kind: 'value', placeholder: 'DIR', help: 'Working directory inside the container' },
  { long: 'user', short: 'u', kind: 'value', placeholder: 'NAME|UID[:GROUP|GID]', help: 'User inside the container' },
];
export const CREATE_OPTIONS: readonly OptionSpec[] = [
  ...STDIO_OPTIONS,
  ...PROCESS_OPTIONS,
  { long: 'name', kind: 'value', placeholder: 'NAME', help: 'Name of the container' },
  { long: 'rm', kind: 'flag', help: 'Remove the container when it stops' },
  ...MOUNT_OPTIONS,
  { long: 'entrypoint', kind: 'value', placeholder: 'PROGRAM', help: 'Replace the image’s entry point' },
  {
    long: 'network',
    kind: 'value',
    placeholder: 'none',
    help: 'Network of the container (all have loopback only for now)',
  },
  { long: 'net', kind: 'value', help: '', hidden: true },
  { long: 'hostname', short: 'h', kind: 'value', placeholder: 'NAME', help: 'Host name inside the container' },
  { long: 'label', short: 'l', kind: 'list', placeholder: 'KEY[=VALUE]', help: 'Attach a label' },
  { long: 'label-file', kind: 'list', placeholder: 'FILE', help: 'Read labels from a file' },
  { long: 'cidfile', kind: 'value', placeholder: 'FILE', help: 'Write its id to a new file' },
  {
    long: 'pull',
    kind: 'value',
    placeholder: 'always|missing|never',
    help: 'When to fetch the image (default missing)',
  },
  {
    long: 'platform',
    kind: 'value',
    placeholder: 'OS/ARCH[/VARIANT]',
    help: 'Platform of the image, if it has several',
  },
  { long: 'quiet', short: 'q', kind: 'flag', help: 'No pull progress' },
  ...LIFE_OPTIONS,
  ...HOST_OPTIONS,
  ...NAMING_OPTIONS,
];

/** What create and run were asked for. Throws InvalidArgument, or Unsupported for what there is not yet. */
export async function createOptions(session: CliSession, options: ParsedOptions): Promise<CreateOptions> {
  const [image = '', ...command] = options.args;
  const entrypoint = options.value('entrypoint');
  const host = await hostOptions(session, options);
  return {
    image,
    command,
    env: await environment(session, options),
    tty: options.flag('tty'),
    interactive: options.flag('interactive'),
    autoRemove: options.flag('rm'),
    ...mountOptions(session, options),
    network: network(options.value('network') ?? options.value('net')),
    labels: await labels(session, options),
    ...optional('name', options.value('name')),
    ...optional('workdir', options.value('workdir')),
    ...optional('user', options.value('user')),
    // Here an empty one means something: no entry point.
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...optional('hostname', options.value('hostname')),
    ...optional('platform', options.value('platform')),
    ...lifeOptions(options),
    ...namingOptions(options),
    ...(Object.keys(host).length === 0 ? {} : { host }),
  };
}

function network(name: string | undefined): 'none' | 'default' {
  if (name === undefined || name === 'default' || name === 'bridge') return 'default';
  if (name === 'none') return 'none';
  throw invalidArgument(`use network ${name}: no such network`, {
    hint: 'Containers have loopback only for now: --network none',
  });
}

/** `--label` wins over `--label-file`. */
async function labels(session: CliSession, options: ParsedOptions): Promise<Readonly<Record<string, string>>> {
  const lines = await linesOfFiles(session, options.list('label-file'));
  return Object.fromEntries([...lines, ...options.list('label')].map(splitLabel));
}

async function linesOfFiles(session: CliSession, files: readonly string[]): Promise<readonly string[]> {
  return (await Promise.all(files.map((file) => linesOf(resolve(session.request.cwd, file))))).flat();
}

export const splitLabel = (label: string): [string, string] => {
  const [key = '', ...value] = label.split('=');
  return [key, value.join('=')];
};

/** `-e` wins over `--env-file`; a bare name takes the client's value and is left out where there is none. */
export async function environment(session: CliSession, options: ParsedOptions): Promise<string[]> {
  const entries = [...(await linesOfFiles(session, options.list('env-file'))), ...options.list('env')];
  for (const entry of entries) {
    if (/^\s*(=|$)/.test(entry) || /^[^=]*\s[^=]*(=|$)/.test(entry)) {
      throw invalidArgument(
        `set environment ${JSON.stringify(entry.split('=', 1)[0])}: a name can't be empty or contain spaces`,
      );
    }
  }
  const bare = entries.filter((entry) => !entry.includes('='));
  const values = bare.length === 0 ? {} : await session.env(bare);
  return entries.flatMap((entry) => {
    if (entry.includes('=')) return [entry];
    const value = values[entry];
    return value === undefined ? [] : [`${entry}=${value}`];
  });
}

/** Without comments and empty ones. */
async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) throw notFound(`read ${path}: no such file`, { cause: error });
    throw toEngineError(error, `read ${path}`);
  });
  return text
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
