// login and logout: what docker's commands of these names do, with its texts. A password is asked for, or read from standard
// input; it is never written and never logged.

import { invalidArgument } from '../../../base/errors.ts';
import type { LoginResult } from '../../../../protocol/methods.ts';
import type { RegistryCredentials } from '../../../images/images.ts';
import { isCode } from '../../../base/errors.ts';
import type { ParsedOptions } from '../options.ts';
import type { CliSession, Command, CommandContext } from '../session.ts';

/** No registry's password or token is longer. */
const PASSWORD_MAX = 1 << 16;

const HUB_TEXT =
  "Login with your Docker ID to push and pull images from Docker Hub. If you don't have a Docker ID, head over to https://hub.docker.com to create one.\n";

export const loginCommand: Command = {
  name: 'login',
  summary: 'Log in to a registry',
  usage: '[OPTIONS] [SERVER]',
  options: [
    { long: 'username', short: 'u', kind: 'value', placeholder: 'USER', help: 'User name' },
    {
      long: 'password',
      short: 'p',
      kind: 'value',
      placeholder: 'PASSWORD',
      help: 'Password; others on this machine can see it',
    },
    { long: 'password-stdin', kind: 'flag', help: 'Take the password from standard input' },
  ],
  min: 0,
  max: 1,
  discreet: true,
  run: async (context, options) => {
    const { session } = context;
    const [server = ''] = options.args;
    const result = (await withKeptLogin(context, options, server)) ?? (await withNewLogin(context, options, server));
    if (result.helper === undefined) await session.err(unencrypted(result.path));
    await session.out('Login Succeeded\n');
    return 0;
  },
};

export const logoutCommand: Command = {
  name: 'logout',
  summary: 'Log out of a registry',
  usage: '[SERVER]',
  options: [],
  min: 0,
  max: 1,
  run: async ({ engine, session }, { args: [server = ''] }) => {
    const { host, removed } = await engine.images.logins.logout(server);
    const shown = host === 'docker.io' ? 'https://index.docker.io/v1/' : host;
    await session.out(removed ? `Removing login credentials for ${shown}\n` : `Not logged in to ${shown}\n`);
    return 0;
  },
};

const unencrypted = (path: string): string =>
  `WARNING! Your password will be stored unencrypted in ${path}.\n` +
  'Configure a credential helper to remove this warning. See\n' +
  'https://docs.docker.com/engine/reference/commandline/login/#credentials-store\n\n';

// Without a word about who, the login that is there is tried first.
async function withKeptLogin(
  { engine, session }: CommandContext,
  options: ParsedOptions,
  server: string,
): Promise<LoginResult | undefined> {
  if (
    options.value('username') !== undefined ||
    options.value('password') !== undefined ||
    options.flag('password-stdin')
  )
    return undefined;
  try {
    const result = await engine.images.logins.login(server, undefined, { signal: session.signal });
    await session.out('Authenticating with existing credentials...\n');
    return result;
  } catch (error) {
    if (isCode(error, 'NotFound') || isCode(error, 'Unauthenticated')) return undefined;
    throw error;
  }
}

async function withNewLogin(
  { engine, session }: CommandContext,
  options: ParsedOptions,
  server: string,
): Promise<LoginResult> {
  const credentials = await readCredentials(session, options, server);
  return engine.images.logins.login(server, credentials, { signal: session.signal });
}

async function readCredentials(
  session: CliSession,
  options: ParsedOptions,
  server: string,
): Promise<RegistryCredentials> {
  const given = options.value('username');
  const password = options.value('password');
  if (options.flag('password-stdin')) {
    if (password !== undefined) throw invalidArgument('login: --password and --password-stdin are mutually exclusive');
    if (given === undefined) throw invalidArgument('login: Must provide --username with --password-stdin');
    return { username: given, password: required(await passwordFromInput(session)) };
  }
  if (password !== undefined)
    await session.err('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
  if ((given === undefined || password === undefined) && !session.request.tty.stdin) {
    throw invalidArgument('login: Cannot perform an interactive login from a non TTY device', {
      hint: 'Give the user name with -u and the password with --password-stdin.',
    });
  }
  if (given === undefined && server === '') await session.out(HUB_TEXT);
  const username = given ?? (await session.ask({ prompt: 'Username: ' }))?.trim() ?? '';
  if (username === '') throw invalidArgument('login: Non-null Username Required');
  return { username, password: required(password ?? (await session.ask({ prompt: 'Password: ', secret: true }))) };
}

function required(password: string | undefined): string {
  if (password === undefined || password === '') throw invalidArgument('login: Password Required');
  return password;
}

// All of it, but for one line end.
async function passwordFromInput(session: CliSession): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of session.input() as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > PASSWORD_MAX) throw invalidArgument(`login: a password has at most ${PASSWORD_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, '');
}
