// One question to a registry: over its mirrors and addresses in order, with tries, login and the error that a status means.
// Knows neither what is asked for nor what is done with the answer.

import { isAbortError } from '../base/abort.ts';
import { dataLoss, type EngineError } from '../base/errors.ts';
import type { Authenticator, Credentials } from './auth.ts';
import { describeFailure, describeStatus, isHostGone, isUnreachable } from './failures.ts';
import type { Endpoint } from './hosts.ts';
import type { HttpRequest, HttpResponse, RequestBody, Transport } from './http.ts';
import { retryAfter, withRetry } from './retry-transport.ts';

/** What the questions of one client share. */
export interface Shared {
  readonly transport: Transport;
  readonly authenticator: Authenticator;
  readonly credentials: (host: string) => Promise<Credentials | undefined>;
  readonly limits: Limits;
  readonly userAgent: string;
  /** Hosts that answered over plain http only: asked so at once the next time. */
  readonly plain: Set<string>;
}

/** Milliseconds, tries, bytes; tests lessen them. */
export interface Limits {
  readonly connect: number;
  readonly headers: number;
  /** Between two pieces of a body, either way. */
  readonly stall: number;
  /** A body must bring `slowest` bytes per second, averaged over so long. */
  readonly pace: number;
  readonly slowest: number;
  /** A manifest from the question to its last byte. */
  readonly manifest: number;
  /** From an upload's last byte to the registry's word that it has it: it may have to move the bytes first. */
  readonly commit: number;
  /** Bytes of a piece once an upload has broken: small enough to get through, large enough to cost nothing. */
  readonly piece: number;
  readonly attempts: number;
  readonly firstPause: number;
  readonly longestPause: number;
}

export const LIMITS: Limits = {
  connect: 10_000,
  headers: 30_000,
  stall: 30_000,
  pace: 30_000,
  slowest: 1024,
  manifest: 60_000,
  commit: 300_000,
  piece: 16 << 20,
  attempts: 4,
  firstPause: 250,
  longestPause: 30_000,
};

export interface Question {
  readonly method: HttpRequest['method'];
  /** On the registry's address, or a whole address that the registry gave. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: (() => void) | undefined;
  /** For the error of a blob that is not there. */
  readonly what?: string;
  /** Statuses that are answers; default 200. */
  readonly accepts?: readonly number[];
  /** Asked once and of the address that answered before: who asks sees to further tries himself. */
  readonly once?: boolean;
  /** Milliseconds until the headers come, where it may take longer than usual. */
  readonly patience?: number;
}

export interface Asker {
  readonly ask: <T>(question: Question, use: (response: HttpResponse) => Promise<T> | T) => Promise<T>;
  /** The error for an answer that the question accepted and that is no good all the same. */
  refusal(response: HttpResponse, question: Question): Promise<EngineError>;
}

export interface AskerOptions {
  /** `docker.io/library/alpine`, for errors. */
  readonly repository: string;
  /** What tokens are asked for: `repository:library/alpine:pull`; several parted by blanks. */
  readonly scope: string;
  /** In the order to try them. */
  readonly endpoints: readonly Endpoint[];
  readonly shared: Shared;
}

/** Asks one address after the other; those before the one that answered are not asked again. */
export function createAsker(options: AskerOptions): Asker {
  const { shared, repository } = options;
  let endpoints = [...options.endpoints].sort((a, b) => order(a, shared) - order(b, shared));
  const refusalOf = async (response: HttpResponse, question: Question, host: string): Promise<EngineError> => {
    response.discard();
    const loggedIn = (await shared.credentials(host)) !== undefined;
    const writes = question.method !== 'GET' && question.method !== 'HEAD';
    const what = question.what === undefined ? {} : { what: question.what };
    return describeStatus(response.status, { host, repository, loggedIn, writes, ...what }, retryAfter(response));
  };
  const askOne = async <T>(
    endpoint: Endpoint,
    question: Question,
    use: (response: HttpResponse) => Promise<T> | T,
  ): Promise<T> => {
    const response = await send(endpoint, question, options);
    if ((question.accepts ?? [200]).includes(response.status)) return use(response);
    throw await refusalOf(response, question, endpoint.host);
  };
  return {
    async ask(question, use) {
      const candidates = question.once === true ? endpoints.slice(0, 1) : endpoints;
      for (const [index, endpoint] of candidates.entries()) {
        try {
          const answer = await askOne(endpoint, question, use);
          if (endpoints === candidates) endpoints = candidates.slice(index);
          remember(endpoint, shared);
          return answer;
        } catch (error) {
          const last = index === candidates.length - 1;
          if (last || !mayGoOn(endpoint, error, question.signal)) throw describeFailure(error, endpoint.base);
        }
      }
      throw dataLoss(`${repository} has no address`);
    },
    refusal: (response, question) => refusalOf(response, question, endpoints[0]?.host ?? response.url.host),
  };
}

// After a mirror everything goes on to the next; a registry's other scheme only when this one was not understood.
function mayGoOn(endpoint: Endpoint, error: unknown, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted === true || isAbortError(error)) return false;
  return endpoint.mirror || (isUnreachable(error) && !isHostGone(error));
}

// A host known to speak plain http only is asked that way first. Sorting is stable: mirrors keep their place.
function order(endpoint: Endpoint, shared: Shared): number {
  if (endpoint.mirror) return 0;
  return shared.plain.has(endpoint.host) && endpoint.base.protocol === 'https:' ? 2 : 1;
}

function remember(endpoint: Endpoint, shared: Shared): void {
  if (endpoint.mirror) return;
  if (endpoint.base.protocol === 'http:') shared.plain.add(endpoint.host);
  else shared.plain.delete(endpoint.host);
}

async function send(endpoint: Endpoint, question: Question, options: AskerOptions): Promise<HttpResponse> {
  const { transport, limits, authenticator, userAgent } = options.shared;
  const { onRetry, patience } = question;
  const policy = { attempts: limits.attempts, base: limits.firstPause, cap: limits.longestPause };
  const trying = question.once === true ? transport : withRetry(transport, { ...policy, ...(onRetry && { onRetry }) });
  const url = new URL(question.path, endpoint.base);
  // An upload may go to another host, whose address is its own permission: the login stays with the registry.
  const own = url.origin === endpoint.base.origin;
  const request: HttpRequest = {
    method: question.method,
    url,
    headers: { 'user-agent': userAgent, 'accept-encoding': 'identity', ...question.headers },
    body: question.body,
    signal: question.signal,
    ...(patience === undefined ? {} : { patience }),
  };
  return own ? authenticator.wrap(trying, endpoint.host, options.scope)(request) : trying(request);
}
