// run, create, start, attach, exec: the commands that bring a terminal and a process together.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CliAttach, CliAttached } from '../../../../protocol/frames.ts';
import type { CreateOptions } from '../../../../protocol/models.ts';
import { conflict, invalidArgument, isErrno, notFound, toEngineError, unsupported } from '../../../base/errors.ts';
import type { ContainerRecord } from '../../../containers/record.ts';
import type { PullPolicy } from '../../../engine/engine.ts';
import type { OptionSpec, ParsedOptions } from '../options.ts';
import { createPullPrinter } from '../pull-progress.ts';
import { forEachArgument } from './images.ts';
import type { CliSession, Command, CommandContext } from '../session.ts';

const STDIO_OPTIONS: readonly OptionSpec[] = [
  { long: 'interactive', short: 'i', kind: 'flag', help: 'Keep standard input open' },
  { long: 'tty', short: 't', kind: 'flag', help: 'Give it a terminal' },
];
const PROCESS_OPTIONS: readonly OptionSpec[] = [
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
/** What docker has and Slipway does not have yet: said by name instead of `unknown flag`. */
const UNSUPPORTED: readonly OptionSpec[] = [
  ...['publish', 'mount', 'device', 'cap-add', 'cap-drop', 'security-opt'].map((long): OptionSpec => ({
    long,
    kind: 'list',
    help: '',
    hidden: true,
    ...(long === 'publish' ? { short: 'p' } : {}),
  })),
  ...['memory', 'cpus', 'pids-limit', 'restart'].map((long): OptionSpec => ({
    long,
    kind: 'value',
    help: '',
    hidden: true,
    ...(long === 'memory' ? { short: 'm' } : {}),
  })),
  ...['publish-all', 'privileged', 'init', 'read-only'].map((long): OptionSpec => ({
    long,
    kind: 'flag',
    help: '',
    hidden: true,
    ...(long === 'publish-all' ? { short: 'P' } : {}),
  })),
];
const CREATE_OPTIONS: readonly OptionSpec[] = [
  ...STDIO_OPTIONS,
  ...PROCESS_OPTIONS,
  { long: 'name', kind: 'value', placeholder: 'NAME', help: 'Name of the container' },
  { long: 'rm', kind: 'flag', help: 'Remove the container when it stops' },
  {
    long: 'volume',
    short: 'v',
    kind: 'list',
    placeholder: 'HOST:CONTAINER[:ro]',
    help: 'Make a host folder visible in the container',
  },
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
  ...UNSUPPORTED,
];
const IMAGE_AND_COMMAND = '[OPTIONS] IMAGE [COMMAND] [ARG...]';

export const runCommand: Command = {
  name: 'run',
  summary: 'Create a container from an image and run a command in it',
  usage: IMAGE_AND_COMMAND,
  options: [
    ...CREATE_OPTIONS,
    { long: 'detach', short: 'd', kind: 'flag', help: 'Run in the background and print the id' },
    { long: 'sig-proxy', kind: 'flag', help: 'Pass signals on to the container (default true)' },
  ],
  min: 1,
  commandFollows: true,
  failureStatus: 125,
  run: async (context, options) => {
    const { engine, session } = context;
    if (!options.flag('detach')) requireTerminal(session, options);
    const record = await create(context, options, true);
    const detach = options.flag('detach');
    try {
      session.signal.throwIfAborted();
      await engine.containers.start(record.id, { hold: !detach, size: terminalSize(session) });
    } catch (error) {
      // Nobody asked for a container that never ran.
      await engine.containers.remove(record.id, { force: true });
      throw error;
    }
    if (detach) {
      await session.out(`${record.id}\n`);
      return 0;
    }
    return follow(context, record, options.value('sig-proxy') !== 'false');
  },
};

export const createCommand: Command = {
  name: 'create',
  summary: 'Create a container without starting it',
  usage: IMAGE_AND_COMMAND,
  options: CREATE_OPTIONS,
  min: 1,
  commandFollows: true,
  failureStatus: 125,
  run: async (context, options) => {
    await context.session.out(`${(await create(context, options)).id}\n`);
    return 0;
  },
};

export const startCommand: Command = {
  name: 'start',
  summary: 'Start stopped containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  options: [
    { long: 'attach', short: 'a', kind: 'flag', help: 'Show its output and wait for its end' },
    { long: 'interactive', short: 'i', kind: 'flag', help: 'Like --attach, with standard input' },
  ],
  min: 1,
  run: async (context, options) => {
    const { engine, session } = context;
    const [name = '', ...others] = options.args;
    if (!options.flag('attach') && !options.flag('interactive')) {
      return forEachArgument(context, 'start', options.args, async (each) => {
        await engine.containers.start(engine.containers.get(each, 'start').id, { size: terminalSize(session) });
        return `${each}\n`;
      });
    }
    if (others.length > 0) throw invalidArgument('start: only one container can be attached to');
    const record = engine.containers.get(name, 'start');
    if (record.run.state !== 'running')
      await engine.containers.start(record.id, { hold: true, size: terminalSize(session) });
    return follow(context, record, true, !options.flag('interactive'));
  },
};

export const attachCommand: Command = {
  name: 'attach',
  summary: 'Connect to a running container’s standard input and output',
  usage: '[OPTIONS] CONTAINER',
  options: [
    { long: 'no-stdin', kind: 'flag', help: 'Do not connect standard input' },
    { long: 'sig-proxy', kind: 'flag', help: 'Pass signals on to the container (default true)' },
  ],
  min: 1,
  max: 1,
  run: (context, options) => {
    const record = context.engine.containers.get(options.args[0] ?? '', 'attach to');
    if (record.run.state !== 'running') {
      throw conflict(`attach to ${record.name}: the container is not running`, {
        hint: `Start it with: slipway start -ai ${record.name}`,
      });
    }
    if (
      record.config.tty &&
      record.config.interactive &&
      !context.session.request.tty.stdin &&
      !options.flag('no-stdin')
    )
      throw notATerminal();
    return follow(context, record, options.value('sig-proxy') !== 'false', options.flag('no-stdin'));
  },
};

export const execCommand: Command = {
  name: 'exec',
  summary: 'Run a command in a running container',
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  options: [
    ...STDIO_OPTIONS,
    ...PROCESS_OPTIONS,
    { long: 'detach', short: 'd', kind: 'flag', help: 'Run it in the background' },
  ],
  min: 2,
  commandFollows: true,
  run: async ({ engine, session }, options) => {
    const detach = options.flag('detach');
    if (!detach) requireTerminal(session, options);
    const [name = '', ...args] = options.args;
    const record = engine.containers.get(name, 'exec in');
    const tty = options.flag('tty');
    const interactive = options.flag('interactive') && !detach;
    const started = await engine.containers.exec(record.id, {
      args,
      env: await environment(session, options),
      ...optional('workdir', options.value('workdir')),
      ...optional('user', options.value('user')),
      tty,
      interactive,
      ...optional('size', terminalSize(session)),
    });
    if (detach) {
      started.release();
      return 0;
    }
    const end = await session.attach({ path: started.socket, stdin: interactive, tty, signalProxy: false });
    if (end.how === 'lost') started.release();
    return exitStatus(session, end, `exec in ${record.name}`);
  },
};

/** Attaches the client to a container and answers with the container's exit status. */
async function follow(
  { engine, session }: CommandContext,
  record: ContainerRecord,
  signalProxy: boolean,
  noStdin = false,
): Promise<number> {
  const { tty, interactive } = record.config;
  const finished = engine.containers.finished(record.id);
  const target: CliAttach = {
    path: engine.containers.paths(record.id).attachSocket,
    stdin: interactive && !noStdin,
    tty,
    signalProxy: signalProxy && !tty,
  };
  const end = await session.attach(target);
  if (end.how === 'lost') engine.containers.release(record.id);
  // With --rm the container is gone when the prompt is back.
  if (end.how === 'exit') await finished;
  return exitStatus(session, end, `attach to ${record.name}`);
}

async function exitStatus(session: CliSession, end: CliAttached, doing: string): Promise<number> {
  switch (end.how) {
    case 'exit':
      return end.code;
    case 'detach':
      await session.err('\nread escape sequence\n');
      return 0;
    case 'lost':
      throw conflict(`${doing}: ${end.reason}`, { hint: 'See `slipway ps -a` for its state.' });
  }
}

async function create(context: CommandContext, options: ParsedOptions, provisional = false): Promise<ContainerRecord> {
  const { engine, session } = context;
  const request = await createOptions(session, options);
  const pull = pullPolicy(options.value('pull'));
  const printer = createPullPrinter(session.request.tty.stderr ? session.request.columns : 0);
  const quiet = options.flag('quiet');
  return engine.create(request, {
    pull,
    provisional,
    signal: session.signal,
    onMissing: (reference) => void session.err(`Unable to find image '${reference}' locally\n`),
    onProgress: (progress) => {
      if (!quiet) void session.err(printer.text(progress));
    },
  });
}

async function createOptions(session: CliSession, options: ParsedOptions): Promise<CreateOptions> {
  const unknown = UNSUPPORTED.find(({ long }) => options.value(long) !== undefined);
  if (unknown !== undefined) throw unsupported(`use --${unknown.long}: it is not supported yet`);
  const [image = '', ...command] = options.args;
  const entrypoint = options.value('entrypoint');
  return {
    image,
    command,
    env: await environment(session, options),
    tty: options.flag('tty'),
    interactive: options.flag('interactive'),
    autoRemove: options.flag('rm'),
    volumes: options
      .list('volume')
      .map((volume) => (/^\.{1,2}(\/|:)/.test(volume) ? absolute(session, volume) : volume)),
    network: network(options.value('network') ?? options.value('net')),
    labels: Object.fromEntries(options.list('label').map(splitLabel)),
    ...optional('name', options.value('name')),
    ...optional('workdir', options.value('workdir')),
    ...optional('user', options.value('user')),
    // Here an empty one means something: no entry point.
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...optional('hostname', options.value('hostname')),
    ...optional('platform', options.value('platform')),
  };
}

function absolute(session: CliSession, volume: string): string {
  const colon = volume.indexOf(':');
  return `${resolve(session.request.cwd, volume.slice(0, colon))}${volume.slice(colon)}`;
}

function network(name: string | undefined): 'none' | 'default' {
  if (name === undefined || name === 'default' || name === 'bridge') return 'default';
  if (name === 'none') return 'none';
  throw invalidArgument(`use network ${name}: no such network`, {
    hint: 'Containers have loopback only for now: --network none',
  });
}

function pullPolicy(text: string | undefined): PullPolicy {
  switch (text) {
    case undefined:
    case 'missing':
      return 'missing';
    case 'always':
    case 'never':
      return text;
    default:
      throw invalidArgument(`invalid argument "${text}" for --pull: always, missing or never`);
  }
}

const splitLabel = (label: string): [string, string] => {
  const [key = '', ...value] = label.split('=');
  return [key, value.join('=')];
};

/** `-e` wins over `--env-file`; a bare name takes the client's value and is left out where there is none. */
async function environment(session: CliSession, options: ParsedOptions): Promise<string[]> {
  const files = await Promise.all(options.list('env-file').map((file) => envFile(resolve(session.request.cwd, file))));
  const entries = [...files.flat(), ...options.list('env')];
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

async function envFile(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) throw notFound(`read ${path}: no such file`, { cause: error });
    throw toEngineError(error, `read ${path}`);
  });
  return text
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function requireTerminal(session: CliSession, options: ParsedOptions): void {
  if (options.flag('tty') && options.flag('interactive') && !session.request.tty.stdin) throw notATerminal();
}

const notATerminal = (): Error =>
  invalidArgument('use a terminal (-t): standard input is none', {
    hint: 'Leave out -t when input comes from a pipe or a file.',
  });

function terminalSize({ request }: CliSession): { readonly rows: number; readonly columns: number } {
  return { rows: request.rows, columns: request.columns };
}

/** `{key: value}`, or nothing for what is not given or given empty (`-u ""`), which docker takes for not given. */
function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined || value === '' ? {} : ({ [key]: value } as Record<K, V>);
}
