// A transport that answers 401: no ping before; the challenge says what is wanted (Basic, or a token from its realm),
// and the answer is kept per host and scope. Secrets never get into a message.

import { dataLoss, EngineError, unauthenticated } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { createSingleFlight } from '../base/mutex.ts';
import { count, member, optional, root, string } from '../base/validate.ts';
import { parseChallenges, type Challenge } from './challenge.ts';
import { bodyOf, readBody, type HttpRequest, type Transport } from './http.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** A refresh token (OAuth 2) in place of the password. */
  readonly identityToken?: string;
}

/** What every request of one client shares: tokens, and the way to credentials. */
export interface Authenticator {
  /** `host`: under which name credentials are kept. `scope`: `repository:library/alpine:pull`. */
  wrap(next: Transport, host: string, scope: string): Transport;
  /** Drops what a host was answered with: its login has changed. */
  forget(host: string): void;
}

export interface AuthOptions {
  readonly credentials: (host: string) => Promise<Credentials | undefined>;
  /** True where plain http may be used. */
  readonly allowsHttp: (url: URL) => boolean;
  readonly now?: () => number;
}

interface Answer {
  /** The header's value. */
  readonly authorization: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** An answer, and under which name its login is kept. */
interface Kept extends Answer {
  readonly host: string;
}

const TOKEN_MAX = 1 << 20;
const DEFAULT_LIFETIME = 60;

export function createAuthenticator(options: AuthOptions): Authenticator {
  const now = options.now ?? Date.now;
  const answers = new Map<string, Kept>();
  const fetching = createSingleFlight<Answer | undefined>();
  return {
    wrap: (next, host, scope) => async (request) => {
      const key = `${request.url.origin} ${scope}`;
      const known = answers.get(key);
      const usable = known !== undefined && known.expires > now() ? known : undefined;
      const response = await next(authorized(request, usable));
      if (response.status !== 401) return response;
      response.discard();
      const challenges = parseChallenges(response.headers['www-authenticate'] ?? '');
      if (answers.get(key) === known) answers.delete(key); // run out or refused
      const answer = await fetching.run(
        key,
        async (signal) =>
          answers.get(key) ?? answerTo(challenges, { next, host, scope, request, signal, now, options }),
        request.signal,
      );
      if (answer === undefined) return response;
      answers.set(key, { ...answer, host });
      return next(authorized(request, answer));
    },
    forget(host) {
      for (const [key, answer] of answers) if (answer.host === host) answers.delete(key);
    },
  };
}

interface Context {
  readonly next: Transport;
  readonly host: string;
  readonly scope: string;
  readonly request: HttpRequest;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly options: AuthOptions;
}

function authorized(request: HttpRequest, answer: Answer | undefined): HttpRequest {
  if (answer === undefined) return request;
  return { ...request, headers: { ...request.headers, authorization: answer.authorization } };
}

// Undefined when nothing can be answered: then the 401 itself is the outcome.
async function answerTo(challenges: readonly Challenge[], context: Context): Promise<Answer | undefined> {
  const credentials = await context.options.credentials(context.host);
  const bearer = challenges.find((challenge) => challenge.scheme === 'bearer');
  if (bearer !== undefined) return fetchToken(bearer, credentials, context);
  const basic = challenges.some((challenge) => challenge.scheme === 'basic');
  if (!basic || credentials === undefined) return undefined;
  return { authorization: basicHeader(credentials), expires: Infinity };
}

function basicHeader(credentials: Credentials): string {
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}

async function fetchToken(
  challenge: Challenge,
  credentials: Credentials | undefined,
  context: Context,
): Promise<Answer> {
  const started = context.now();
  const response = await context.next(tokenRequest(challenge, credentials, context));
  if (response.status !== 200) {
    response.discard();
    throw refusal(response.status, credentials !== undefined, context);
  }
  const { token, lifetime } = parseToken(await readBody(response, TOKEN_MAX, `token of ${context.host}`), context.host);
  return { authorization: `Bearer ${token}`, expires: started + lifetime * 900 }; // used up to nine tenths of its life
}

// With an identity token by OAuth 2 (distribution's token/oauth), otherwise by GET (token/jwt).
function tokenRequest(challenge: Challenge, credentials: Credentials | undefined, context: Context): HttpRequest {
  const { service, scopes } = wanted(challenge, context);
  const url = realmOf(challenge, context);
  const headers = { accept: 'application/json', 'user-agent': context.request.headers['user-agent'] ?? '' };
  const { signal } = context;
  if (credentials?.identityToken !== undefined) {
    const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'slipway', scope: scopes.join(' ') });
    form.set('refresh_token', credentials.identityToken);
    if (service !== undefined) form.set('service', service);
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url, headers: { ...headers, ...type }, body: bodyOf(form.toString()), signal };
  }
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credentials === undefined) return { method: 'GET', url, headers, signal };
  url.searchParams.set('account', credentials.username);
  return { method: 'GET', url, headers: { ...headers, authorization: basicHeader(credentials) }, signal };
}

interface Wanted {
  readonly service: string | undefined;
  readonly scopes: readonly string[];
}

function wanted(challenge: Challenge, context: Context): Wanted {
  const asked = challenge.parameters.get('scope');
  // The first challenge of a push says what that one question needs; one token is to do for all of them.
  const text = asked === undefined || pushes(context.scope) ? `${context.scope} ${asked ?? ''}` : asked;
  const scopes = new Set(text.split(' ').filter((scope) => scope !== ''));
  return { service: challenge.parameters.get('service'), scopes: [...scopes] };
}

const pushes = (scope: string): boolean => /:pull,push(?: |$)/.test(scope);

function realmOf(challenge: Challenge, context: Context): URL {
  const realm = challenge.parameters.get('realm') ?? '';
  const from = context.request.url;
  if (!URL.canParse(realm)) throw dataLoss(`${context.host} asks for a token but does not say where`);
  const url = new URL(realm);
  const plain = url.protocol === 'http:' && from.protocol === 'http:' && context.options.allowsHttp(url);
  if (url.protocol !== 'https:' && !plain) {
    throw dataLoss(`${context.host} sends for a token to ${url.host} without TLS, which was refused`);
  }
  url.username = '';
  url.password = '';
  return url;
}

function refusal(status: number, loggedIn: boolean, context: Context): EngineError {
  if (status === 401 || status === 403) {
    if (loggedIn) return wrongLogin(context.host);
    return unauthenticated(`${context.host} asks for a login`, {
      hint: `Log in with \`slipway login ${context.host}\`, or check the image's name.`,
    });
  }
  return new EngineError('Unavailable', `${context.host} gave no token (HTTP ${status})`, { detail: { status } });
}

/** The error for a login that a host does not take. */
export function wrongLogin(host: string): EngineError {
  return unauthenticated(`${host} refused the user name or password`, {
    hint: `Try again with \`slipway login ${host}\`.`,
  });
}

function parseToken(body: Buffer, host: string): { token: string; lifetime: number } {
  try {
    const document = root(parseJson(body, 'token'));
    const token =
      optional(member(document, 'token'), string) ?? optional(member(document, 'access_token'), string) ?? '';
    if (!/^[\x21-\x7e]{1,65536}$/.test(token)) throw dataLoss('no token in the answer');
    return { token, lifetime: optional(member(document, 'expires_in'), count) ?? DEFAULT_LIFETIME };
  } catch (error) {
    // The parser's own text could quote the answer, and the answer is a secret.
    throw dataLoss(`${host} sent a token that can't be read`, {
      detail: { kind: error instanceof EngineError ? error.code : 'Internal' },
    });
  }
}
