// One request from words to exit status: which command, its options, its failure as text. Knows no socket.

import { PRODUCT_VERSION, PROTOCOL_VERSION } from '../../../protocol/version.ts';
import { toEngineError, unavailable, type EngineError } from '../../base/errors.ts';
import { findCommand, helpText, overviewText } from './commands.ts';
import { errorText } from './error-text.ts';
import { parseOptions } from './options.ts';
import type { Command, CommandContext } from './session.ts';

const INTERRUPTED = 130;

/** Runs the command line of the session; never rejects. Returns the client's exit status. */
export async function dispatch(context: CommandContext): Promise<number> {
  const { session } = context;
  const [name, ...argv] = session.request.argv;
  if (name === undefined || name === '--help' || name === 'help' || name === '-h') return overview(context, argv);
  if (name === '--version' || name === '-v') {
    await session.out(`Slipway version ${PRODUCT_VERSION}\n`);
    return 0;
  }
  const command = findCommand(name);
  if (command === undefined) {
    await session.err(`slipway: '${name}' is not a slipway command.\nSee 'slipway --help'\n`);
    return 1;
  }
  try {
    checkProtocol(context, command);
    return await runCommand(context, command, argv);
  } catch (error) {
    const doing = command.discreet === true ? name : [name, ...argv].slice(0, 2).join(' ');
    return fail(context, command, toEngineError(error, doing));
  }
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

async function overview({ session }: CommandContext, [name]: readonly string[]): Promise<number> {
  const command = name === undefined ? undefined : findCommand(name);
  await session.out(command === undefined ? overviewText() : helpText(command));
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
