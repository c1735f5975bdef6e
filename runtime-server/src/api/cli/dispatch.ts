// One request from words to exit status: which command, its options, its failure as text. Knows no socket.

import { PRODUCT_VERSION, PROTOCOL_VERSION } from '../../../protocol/version.ts';
import { toEngineError, unavailable, type EngineError } from '../../base/errors.ts';
import { GROUPS } from './aliases.ts';
import { findCommand, groupText, helpText, overviewText } from './commands.ts';
import { errorText } from './error-text.ts';
import { parseOptions } from './options.ts';
import type { Command, CommandContext } from './session.ts';

const INTERRUPTED = 130;

/** Runs the command line of the session; never rejects. Returns the client's exit status. */
export async function dispatch(context: CommandContext): Promise<number> {
  const { session } = context;
  const { argv } = session.request;
  const [name] = argv;
  if (name === undefined || name === '--help' || name === 'help' || name === '-h')
    return overview(context, argv.slice(1));
  if (name === '--version' || name === '-v') {
    await session.out(`Slipway version ${PRODUCT_VERSION}\n`);
    return 0;
  }
  const found = findCommand(argv);
  if (found === undefined) return unknown(context, name, argv[1]);
  const { command, rest } = found;
  try {
    checkProtocol(context, command);
    return await runCommand(context, command, rest);
  } catch (error) {
    const doing = command.discreet === true ? command.name : argv.slice(0, 2).join(' ');
    return fail(context, command, toEngineError(error, doing));
  }
}

async function unknown({ session }: CommandContext, name: string, second: string | undefined): Promise<number> {
  if (!GROUPS.includes(name)) {
    await session.err(`slipway: '${name}' is not a slipway command.\nSee 'slipway --help'\n`);
    return 1;
  }
  if (second === undefined || second === '--help') {
    await session.out(groupText(name));
    return 0;
  }
  await session.err(`slipway: '${name} ${second}' is not a slipway command.\nSee 'slipway ${name} --help'\n`);
  return 1;
}

async function runCommand(context: CommandContext, command: Command, argv: readonly string[]): Promise<number> {
  let options;
  try {
    options = parseOptions(command, argv);
  } catch (error) {
    const { message } = toEngineError(error, command.name);
    await context.session.err(`slipway ${command.name}: ${message}\nSee 'slipway ${command.name} --help'\n`);
    return command.failureStatus ?? 1;
  }
  if (options.help) {
    await context.session.out(helpText(command));
    return 0;
  }
  return command.run(context, options);
}

async function overview({ session }: CommandContext, words: readonly string[]): Promise<number> {
  const found = findCommand(words);
  await session.out(found === undefined ? overviewText() : helpText(found.command));
  return 0;
}

async function fail({ session }: CommandContext, command: Command, error: EngineError): Promise<number> {
  if (error.code === 'Cancelled' || session.signal.aborted) return INTERRUPTED;
  await session.err(errorText(error));
  const exitCode = error.detail?.['exitCode'];
  return typeof exitCode === 'number' ? exitCode : (command.failureStatus ?? 1);
}

/** A client of another release may only look at the version or stop the server. */
function checkProtocol({ session }: CommandContext, command: Command): void {
  const { protocolVersion, productVersion } = session.request;
  if (protocolVersion === PROTOCOL_VERSION || command.name === 'server' || command.name === 'version') return;
  throw unavailable(
    `${command.name}: client ${productVersion} and server ${PRODUCT_VERSION} do not understand each other`,
    {
      hint: 'Run `slipway server stop` and try again; containers go on.',
    },
  );
}
