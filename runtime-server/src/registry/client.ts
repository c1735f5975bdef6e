// The registry client (distribution-spec, pull): manifests and blobs of one repository, over its mirrors and addresses.
// Composes the transports; knows no disk and no image store. Messages are reasons: the caller puts `pull alpine: ` before.

import { isAbortError } from '../base/abort.ts';
import { dataLoss } from '../base/errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf, isDigest, type Digest } from '../oci/digest.ts';
import { MANIFEST_MAX } from '../oci/manifest.ts';
import { ACCEPTED_MANIFESTS } from '../oci/media-types.ts';
import { repositoryName, type Reference } from '../oci/reference.ts';
import { createAuthenticator, type Authenticator, type Credentials } from './auth.ts';
import { streamBlob } from './blob-stream.ts';
import { describeFailure, describeStatus, isHostGone, isUnreachable } from './failures.ts';
import { allowsHttp, endpointsOf, isInsecure, isLoopback, type Endpoint } from './hosts.ts';
import { readBody, type HttpRequest, type HttpResponse, type Transport } from './http.ts';
import { withMinimumRate } from './minimum-rate.ts';
import { withRedirects } from './redirects.ts';
import { retryAfter, withRetry } from './retry-transport.ts';
import type { RegistrySettings } from './settings.ts';
import { createHttpClient, type Proxies } from './undici-transport.ts';

export interface RegistryOptions {
  readonly settings: () => Promise<RegistrySettings>;
  readonly credentials?: ((host: string) => Promise<Credentials | undefined>) | undefined;
  readonly proxy?: Proxies | undefined;
  readonly userAgent: string;
  readonly limits?: Partial<Limits> | undefined;
}

/** Milliseconds and tries; tests shorten them. */
export interface Limits {
  readonly connect: number;
  readonly headers: number;
  /** Between two pieces of a body. */
  readonly stall: number;
  /** A body must bring `slowest` bytes per second, averaged over so long. */
  readonly pace: number;
  readonly slowest: number;
  /** A manifest from the question to its last byte. */
  readonly manifest: number;
  readonly attempts: number;
  readonly firstPause: number;
  readonly longestPause: number;
}

const LIMITS: Limits = {
  connect: 10_000,
  headers: 30_000,
  stall: 30_000,
  pace: 30_000,
  slowest: 1024,
  manifest: 60_000,
  attempts: 4,
  firstPause: 250,
  longestPause: 30_000,
};

export interface Registry {
  /** The repository of a reference, with the settings as they are now. */
  repository(reference: Reference): Promise<Repository>;
  close(): Promise<void>;
}

export interface RemoteManifest {
  readonly bytes: Buffer;
  /** What the registry calls it. */
  readonly contentType?: string;
  /** Computed from the bytes. */
  readonly digest: Digest;
}

/** Remembers which address answered: ask one repository for everything a pull needs. */
export interface Repository {
  /** A manifest or index by tag or digest; by digest it is verified. At most {@link MANIFEST_MAX} bytes. */
  manifest(target: string, options?: Asking): Promise<RemoteManifest>;
  /** The digest a tag has now, by a HEAD request; undefined when the registry does not tell. */
  currentDigest(tag: string, options?: Asking): Promise<Digest | undefined>;
  /** Exactly the descriptor's size of bytes, taken up again where a connection broke. The digest is the taker's to check. */
  blob(descriptor: Descriptor, options?: BlobAsking): AsyncGenerator<Uint8Array, void, undefined>;
}

export interface Asking {
  readonly signal?: AbortSignal | undefined;
}

export interface BlobAsking extends Asking {
  readonly onRetry?: (() => void) | undefined;
}

export function createRegistry(options: RegistryOptions): Registry {
  const limits = { ...LIMITS, ...options.limits };
  let settings: RegistrySettings = { mirrors: [], insecure: [] };
  const policy = { allowsHttp: (url: URL) => allowsHttp(url, settings) };
  const http = createHttpClient({
    connectTimeout: limits.connect,
    headersTimeout: limits.headers,
    bodyTimeout: limits.stall,
    trustsAnyCertificate: (url) => isInsecure(url, settings),
    isLocal: isLoopback,
    proxy: options.proxy,
  });
  const credentials = options.credentials ?? (() => Promise.resolve(undefined));
  const shared: Shared = {
    transport: withRedirects(withMinimumRate(http.transport, { window: limits.pace, rate: limits.slowest }), policy),
    authenticator: createAuthenticator({ credentials, allowsHttp: policy.allowsHttp }),
    credentials,
    limits,
    userAgent: options.userAgent,
    plain: new Set(),
  };
  return {
    async repository(reference) {
      settings = await options.settings();
      return createRepository(reference, endpointsOf(reference.registry, settings), shared);
    },
    close: () => http.close(),
  };
}

interface Shared {
  readonly transport: Transport;
  readonly authenticator: Authenticator;
  readonly credentials: (host: string) => Promise<Credentials | undefined>;
  readonly limits: Limits;
  readonly userAgent: string;
  /** Hosts that answered over plain http only: asked so at once the next time. */
  readonly plain: Set<string>;
}

interface Question {
  readonly method: 'GET' | 'HEAD';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: (() => void) | undefined;
  /** For the error of a blob that is not there. */
  readonly what?: string;
  /** Statuses that are answers; default 200. */
  readonly accepts?: readonly number[];
}

function createRepository(reference: Reference, endpoints: readonly Endpoint[], shared: Shared): Repository {
  const name = repositoryName(reference);
  const prefix = `/v2/${reference.repository}`;
  const scope = `repository:${reference.repository}:pull`;
  const ask = createAsker(name, scope, endpoints, shared);
  const accept = ACCEPTED_MANIFESTS.join(', ');
  return {
    manifest(target, options = {}) {
      const signal = withDeadline(options.signal, shared.limits.manifest);
      const question = { method: 'GET' as const, path: `${prefix}/manifests/${target}`, headers: { accept }, signal };
      return ask(question, (response) => readManifest(response, target));
    },
    async currentDigest(tag, options = {}) {
      const signal = withDeadline(options.signal, shared.limits.manifest);
      const path = `${prefix}/manifests/${tag}`;
      const accepts = [200, 401, 403, 404, 405, 429, 501];
      return ask({ method: 'HEAD', path, headers: { accept }, signal, accepts }, (response) => {
        response.discard();
        const digest = response.status === 200 ? response.headers['docker-content-digest'] : undefined;
        return Promise.resolve(digest !== undefined && isDigest(digest) ? digest : undefined);
      });
    },
    blob(descriptor, options = {}) {
      const path = `${prefix}/blobs/${descriptor.digest}`;
      const { signal, onRetry } = options;
      const what = `blob ${descriptor.digest}`;
      const open = (offset: number): Promise<HttpResponse> => {
        const headers: Record<string, string> = offset === 0 ? {} : { range: `bytes=${offset}-` };
        const accepts = [200, 206, 416];
        return ask({ method: 'GET', path, headers, signal, onRetry, what, accepts }, (response) =>
          Promise.resolve(response),
        );
      };
      const { attempts, firstPause: base } = shared.limits;
      return streamBlob({ size: descriptor.size, open, attempts, base, onRetry, signal });
    },
  };
}

type Ask = <T>(question: Question, use: (response: HttpResponse) => Promise<T>) => Promise<T>;

// Asks one address after the other; those before the one that answered are not asked again.
function createAsker(repository: string, scope: string, all: readonly Endpoint[], shared: Shared): Ask {
  let endpoints = [...all].sort((a, b) => order(a, shared) - order(b, shared));
  const askOne = async <T>(
    endpoint: Endpoint,
    question: Question,
    use: (response: HttpResponse) => Promise<T>,
  ): Promise<T> => {
    const response = await send(endpoint, scope, question, shared);
    if ((question.accepts ?? [200]).includes(response.status)) return use(response);
    response.discard();
    const loggedIn = (await shared.credentials(endpoint.host)) !== undefined;
    const what = question.what === undefined ? {} : { what: question.what };
    throw describeStatus(response.status, { host: endpoint.host, repository, loggedIn, ...what }, retryAfter(response));
  };
  return async (question, use) => {
    const candidates = endpoints;
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

async function send(endpoint: Endpoint, scope: string, question: Question, shared: Shared): Promise<HttpResponse> {
  const { attempts, firstPause: base, longestPause: cap } = shared.limits;
  const { onRetry } = question;
  const retrying = withRetry(shared.transport, { attempts, base, cap, ...(onRetry === undefined ? {} : { onRetry }) });
  const transport = shared.authenticator.wrap(retrying, endpoint.host, scope);
  const request: HttpRequest = {
    method: question.method,
    url: new URL(question.path, endpoint.base),
    headers: { 'user-agent': shared.userAgent, 'accept-encoding': 'identity', ...question.headers },
    signal: question.signal,
  };
  return transport(request);
}

async function readManifest(response: HttpResponse, target: string): Promise<RemoteManifest> {
  const bytes = await readBody(response, MANIFEST_MAX, `manifest of ${response.url.host}`);
  const digest = digestOf(bytes);
  if (isDigest(target) && digest !== target) throw dataLoss(`manifest ${target} does not match its digest`);
  const told = response.headers['docker-content-digest'];
  if (!isDigest(target) && told !== undefined && isDigest(told) && told !== digest) {
    throw dataLoss(`the manifest from ${response.url.host} does not match the digest ${told} sent with it`);
  }
  const contentType = response.headers['content-type'];
  return { bytes, digest, ...(contentType === undefined ? {} : { contentType }) };
}

function withDeadline(signal: AbortSignal | undefined, milliseconds: number): AbortSignal {
  const deadline = AbortSignal.timeout(milliseconds);
  return signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
}
