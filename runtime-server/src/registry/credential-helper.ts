// Docker's credential helpers: programs `docker-credential-NAME` with the words get, store, erase, list and JSON on their
// standard streams (docker/docker-credential-helpers). Knows no config file; secrets go through pipes only.

import { spawn } from 'node:child_process';
import { EngineError, unavailable } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { member, object, root, string } from '../base/validate.ts';
import type { Credentials } from './auth.ts';

export interface CredentialHelpers {
  /** Undefined when the helper has nothing for that key. */
  get(helper: string, key: string): Promise<Credentials | undefined>;
  store(helper: string, key: string, credentials: Credentials): Promise<void>;
  erase(helper: string, key: string): Promise<void>;
  /** The keys of all logins that it has. */
  list(helper: string): Promise<readonly string[]>;
}

/** What helpers say, as their library has it, when they know no such login. */
const NOT_FOUND = 'credentials not found in native keychain';
/** The user name under which a helper keeps an identity token. */
const TOKEN_USER = '<token>';
const ANSWER_MAX = 1 << 20;
const SECONDS = 30;

/** `env`: the person's environment, for PATH and for what the helpers themselves read. */
export function createCredentialHelpers(env: Readonly<Record<string, string | undefined>>): CredentialHelpers {
  return {
    async get(helper, key) {
      const { status, output } = await run(helper, 'get', key, env);
      if (status === 0) return parseAnswer(output, helper);
      if (output.includes(NOT_FOUND)) return undefined;
      throw failed(helper, 'get', output);
    },
    async store(helper, key, { username, password, identityToken }) {
      const user = identityToken === undefined ? username : TOKEN_USER;
      const text = JSON.stringify({ ServerURL: key, Username: user, Secret: identityToken ?? password });
      const { status, output } = await run(helper, 'store', text, env);
      if (status !== 0) throw failed(helper, 'store', output);
    },
    async erase(helper, key) {
      const { status, output } = await run(helper, 'erase', key, env);
      if (status !== 0 && !output.includes(NOT_FOUND)) throw failed(helper, 'erase', output);
    },
    async list(helper) {
      const { status, output } = await run(helper, 'list', '', env);
      if (status !== 0) throw failed(helper, 'list', output);
      return Object.keys(object(root(parseJson(output, 'answer'))));
    },
  };
}

interface Answer {
  readonly status: number;
  readonly output: string;
}

function run(helper: string, word: string, input: string, env: NodeJS.ProcessEnv): Promise<Answer> {
  const program = `docker-credential-${helper}`;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [word], {
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: SECONDS * 1000,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    let size = 0;
    child.on('error', (cause) => {
      reject(
        unavailable(`credential helper ${program} can't be run: ${cause.message}`, {
          cause,
          hint: 'Install it, or take it out of Docker’s config.json (`credsStore`, `credHelpers`).',
        }),
      );
    });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > ANSWER_MAX) child.kill('SIGKILL');
      else chunks.push(chunk);
    });
    child.stdin.on('error', () => undefined); // one that does not read says so by its status
    child.stdin.end(input);
    child.on('close', (status) => {
      resolve({ status: size > ANSWER_MAX ? 1 : (status ?? 1), output: Buffer.concat(chunks).toString() });
    });
  });
}

function parseAnswer(output: string, helper: string): Credentials {
  try {
    const answer = root(parseJson(output, 'answer'));
    const username = string(member(answer, 'Username'));
    const secret = string(member(answer, 'Secret'));
    return username === TOKEN_USER ? { username, password: '', identityToken: secret } : { username, password: secret };
  } catch (error) {
    // The parser's text could quote the secret.
    throw unavailable(`credential helper docker-credential-${helper} gave an answer that can't be read`, {
      detail: { kind: error instanceof EngineError ? error.code : 'Internal' },
    });
  }
}

// What a failing helper prints is a message, not a secret; `get` prints the secret only when it succeeds.
function failed(helper: string, word: string, output: string): EngineError {
  const reason = output.trim().split('\n', 1)[0] ?? '';
  return unavailable(
    `credential helper docker-credential-${helper} ${word}: ${reason === '' ? 'failed' : JSON.stringify(reason.slice(0, 200))}`,
    {
      hint: 'Try that helper by hand; it may need to be unlocked.',
    },
  );
}
