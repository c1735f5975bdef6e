// run, create, start, attach, exec: the commands that bring a terminal and a process together.

import type { CliAttach, CliAttached } from '../../../../protocol/frames.ts';
import { conflict, invalidArgument } from '../../../base/errors.ts';
import type { ContainerRecord } from '../../../containers/record.ts';
import { allow } from '../../../containers/states.ts';
import type { PullPolicy } from '../../../engine/engine.ts';
import { optional, type ParsedOptions } from '../options.ts';
import { openCidFile } from '../cid-file.ts';
import { createPullPrinter } from '../transfer-progress.ts';
import { CREATE_OPTIONS, createOptions, environment, PROCESS_OPTIONS, STDIO_OPTIONS } from './create-options.ts';
import { forEachArgument } from './images.ts';
import { DETACH_KEYS, detachKeys } from '../detach-keys.ts';
import type { CliSession, Command, CommandContext } from '../session.ts';

const SIG_PROXY = {
  long: 'sig-proxy',
  kind: 'flag',
  help: 'Pass signals on to the container (default true)',
} as const;

const IMAGE_AND_COMMAND = '[OPTIONS] IMAGE [COMMAND] [ARG...]';

export const runCommand: Command = {
  name: 'run',
  summary: 'Create a container from an image and run a command in it',
  usage: IMAGE_AND_COMMAND,
  options: [
    ...CREATE_OPTIONS,
    { long: 'detach', short: 'd', kind: 'flag', help: 'Run in the background and print the id' },
    SIG_PROXY,
    DETACH_KEYS,
  ],
  min: 1,
  commandFollows: true,
  failureStatus: 125,
  run: async (context, options) => {
    const { engine, session } = context;
    if (!options.flag('detach')) requireTerminal(session, options);
    detachKeys(options); // before anything is made
    const record = await create(context, options, true);
    const detach = options.flag('detach');
    try {
      session.signal.throwIfAborted();
      await engine.containers.start(record.id, { hold: !detach, size: terminalSize(session) });
    } catch (error) {
      // Nobody asked for a container that never ran.
      await engine.containers.remove(record.id, { force: true, volumes: true, purge: true });
      throw error;
    }
    if (detach) {
      await session.out(`${record.id}\n`);
      return 0;
    }
    return follow(context, record, options);
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
    SIG_PROXY,
    DETACH_KEYS,
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
    detachKeys(options); // before it is started
    const record = engine.containers.get(name, 'start');
    if (record.run.state !== 'running')
      await engine.containers.start(record.id, { hold: true, size: terminalSize(session) });
    return follow(context, record, options, !options.flag('interactive'));
  },
};

export const attachCommand: Command = {
  name: 'attach',
  summary: 'Connect to a running container’s standard input and output',
  usage: '[OPTIONS] CONTAINER',
  options: [{ long: 'no-stdin', kind: 'flag', help: 'Do not connect standard input' }, SIG_PROXY, DETACH_KEYS],
  min: 1,
  max: 1,
  run: (context, options) => {
    const record = context.engine.containers.get(options.args[0] ?? '', 'attach to');
    allow('attach', { name: record.name, state: record.run.state });
    if (
      record.config.tty &&
      record.config.interactive &&
      !context.session.request.tty.stdin &&
      !options.flag('no-stdin')
    )
      throw notATerminal();
    return follow(context, record, options, options.flag('no-stdin'));
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
    { long: 'privileged', kind: 'flag', help: 'All capabilities that the engine has' },
    DETACH_KEYS,
  ],
  min: 2,
  commandFollows: true,
  run: async ({ engine, session }, options) => {
    const detach = options.flag('detach');
    if (!detach) requireTerminal(session, options);
    const keys = detachKeys(options);
    const [name = '', ...args] = options.args;
    const record = engine.containers.get(name, 'exec in');
    const tty = options.flag('tty');
    const interactive = options.flag('interactive') && !detach;
    const started = await engine.containers.exec(record.id, {
      args,
      env: await environment(session, options),
      ...optional('workdir', options.value('workdir')),
      ...optional('user', options.value('user')),
      privileged: options.flag('privileged'),
      tty,
      interactive,
      ...optional('size', terminalSize(session)),
    });
    if (detach) {
      started.release();
      return 0;
    }
    const end = await session.attach({ path: started.socket, stdin: interactive, tty, signalProxy: false, ...keys });
    if (end.how === 'lost') started.release();
    return exitStatus(session, end, `exec in ${record.name}`);
  },
};

/** Attaches the client to a container and answers with the container's exit status. */
async function follow(
  { engine, session }: CommandContext,
  record: ContainerRecord,
  options: ParsedOptions,
  noStdin = false,
): Promise<number> {
  const { tty, interactive } = record.config;
  const finished = engine.containers.finished(record.id);
  const target: CliAttach = {
    path: engine.containers.paths(record.id).attachSocket,
    stdin: interactive && !noStdin,
    tty,
    signalProxy: options.value('sig-proxy') !== 'false' && !tty,
    ...detachKeys(options),
  };
  engine.containers.tellAttach(record.id, 'attach');
  const end = await session.attach(target);
  if (end.how === 'detach') engine.containers.tellAttach(record.id, 'detach');
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
  return withCidFile(context, options.value('cidfile'), () =>
    engine.create(request, {
      pull,
      provisional,
      signal: session.signal,
      onMissing: (reference) => void session.err(`Unable to find image '${reference}' locally\n`),
      onProgress: (progress) => {
        if (!quiet) void session.err(printer.text(progress));
      },
    }),
  );
}

/** Where the one can't be made, the other is taken away again. */
async function withCidFile(
  { engine, session }: CommandContext,
  path: string | undefined,
  make: () => Promise<ContainerRecord>,
): Promise<ContainerRecord> {
  if (path === undefined || path === '') return make();
  const file = await openCidFile(session.request.cwd, path);
  const record = await make().catch(async (error: unknown) => {
    await file.drop();
    throw error;
  });
  await file.write(record.id).catch(async (error: unknown) => {
    await engine.containers.remove(record.id, { force: true, volumes: true, purge: true });
    throw error;
  });
  return record;
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
