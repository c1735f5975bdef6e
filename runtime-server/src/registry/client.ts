// The registry client (distribution-spec): manifests and blobs of one repository, and the way to push to one. Composes the
// transports; knows no disk and no image store. Messages are reasons: the caller puts `pull alpine: ` before.

import { dataLoss, notFound } from '../base/errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf, isDigest, type Digest } from '../oci/digest.ts';
import { MANIFEST_MAX, parseManifest } from '../oci/manifest.ts';
import { ACCEPTED_MANIFESTS } from '../oci/media-types.ts';
import { DEFAULT_REGISTRY, repositoryName, type Reference } from '../oci/reference.ts';
import { createAsker, LIMITS, type Asker, type Limits, type Shared } from './asker.ts';
import { createAuthenticator, wrongLogin, type Credentials } from './auth.ts';
import { streamBlob } from './blob-stream.ts';
import { createCertificateFinder } from './certificates.ts';
import { createDestination, type Destination } from './destination.ts';
import { allowsHttp, endpointsOf, hubSearchEndpoints, isInsecure, isLoopback } from './hosts.ts';
import { readBody, type HttpResponse } from './http.ts';
import { withMinimumRate } from './minimum-rate.ts';
import { withRedirects } from './redirects.ts';
import { search, tagsIn, type AskerFor, type Found, type Search } from './search.ts';
import type { RegistrySettings } from './settings.ts';
import { createHttpClient, type Proxies } from './undici-transport.ts';

export interface RegistryOptions {
  readonly settings: () => Promise<RegistrySettings>;
  readonly credentials?: ((host: string) => Promise<Credentials | undefined>) | undefined;
  readonly proxy?: Proxies | undefined;
  /** Each a `certs.d`: CAs and client certificates by host. */
  readonly certificateDirectories: readonly string[];
  readonly userAgent: string;
  readonly limits?: Partial<Limits> | undefined;
}

export interface Registry {
  /** The repository of a reference, with the settings as they are now. */
  repository(reference: Reference): Promise<Repository>;
  /** The same to push to, never a mirror. `from`: repositories of that registry that blobs may be mounted from. */
  destination(reference: Reference, from: readonly string[]): Promise<Destination>;
  /** Repositories, and tags, whose names match. */
  search(question: Search): Promise<readonly Found[]>;
  /** All tags of the reference's repository. */
  tags(reference: Reference, options: Asking): Promise<readonly string[]>;
  /** Asks the host whether it takes that login. Throws Unauthenticated when it does not. */
  checkLogin(host: string, credentials: Credentials, options: Asking): Promise<void>;
  /** The login of a host has changed: what it was answered with is not used any more. */
  forget(host: string): void;
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
    certificates: createCertificateFinder(options.certificateDirectories),
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
  const asker = async (reference: Reference, scope: string, pushes: boolean): Promise<Asker> => {
    settings = await options.settings();
    const endpoints = endpointsOf(reference.registry, settings).filter(({ mirror }) => !(pushes && mirror));
    return createAsker({ repository: repositoryName(reference), scope, endpoints, shared });
  };
  const askers = async (host: string): Promise<AskerFor> => {
    settings = await options.settings();
    return (scope) => {
      const ofHub = host === DEFAULT_REGISTRY && scope === '';
      const endpoints = ofHub ? hubSearchEndpoints(settings) : endpointsOf(host, settings);
      return createAsker({ repository: host, scope, endpoints, shared });
    };
  };
  return {
    async repository(reference) {
      return createRepository(reference, await asker(reference, scopeOf(reference.repository, 'pull'), false), limits);
    },
    async destination(reference, from) {
      const sources = from.map((repository) => scopeOf(repository, 'pull'));
      const scope = [scopeOf(reference.repository, 'pull,push'), ...sources].join(' ');
      return createDestination(reference.repository, { asker: await asker(reference, scope, true), limits, policy });
    },
    search: async (question) =>
      search(await askers(question.host), { ...question, signal: withDeadline(question.signal, limits.manifest) }),
    tags: async ({ registry: host, repository: term }, { signal }) =>
      tagsIn(await askers(host), { host, term, signal: withDeadline(signal, limits.manifest) }),
    async checkLogin(host, given, { signal }) {
      settings = await options.settings();
      const credentials = (): Promise<Credentials> => Promise.resolve(given);
      const authenticator = createAuthenticator({ credentials, allowsHttp: policy.allowsHttp });
      const endpoints = endpointsOf(host, settings).filter(({ mirror }) => !mirror);
      const own = { ...shared, credentials, authenticator };
      await checkLogin(createAsker({ repository: host, scope: '', endpoints, shared: own }), host, signal);
    },
    forget: (host) => {
      shared.authenticator.forget(host);
    },
    close: () => http.close(),
  };
}

// The address whose only purpose is to say whether one is welcome (distribution-spec, "Determining Support").
async function checkLogin({ ask }: Asker, host: string, signal: AbortSignal | undefined): Promise<void> {
  const status = await ask({ method: 'GET', path: '/v2/', signal, accepts: [200, 401, 404] }, (response) => {
    response.discard();
    return response.status;
  });
  if (status === 404) throw notFound(`${host} is no registry`, { hint: 'Check the address.' });
  if (status === 401) throw wrongLogin(host);
}

const scopeOf = (repository: string, actions: string): string => `repository:${repository}:${actions}`;

function createRepository(reference: Reference, { ask }: Asker, limits: Limits): Repository {
  const prefix = `/v2/${reference.repository}`;
  const accept = ACCEPTED_MANIFESTS.join(', ');
  return {
    manifest(target, options = {}) {
      const signal = withDeadline(options.signal, limits.manifest);
      const question = { method: 'GET' as const, path: `${prefix}/manifests/${target}`, headers: { accept }, signal };
      return ask(question, (response) => readManifest(response, target));
    },
    async currentDigest(tag, options = {}) {
      const signal = withDeadline(options.signal, limits.manifest);
      const path = `${prefix}/manifests/${tag}`;
      const accepts = [200, 401, 403, 404, 405, 429, 501];
      return ask({ method: 'HEAD', path, headers: { accept }, signal, accepts }, (response) => {
        response.discard();
        const digest = response.status === 200 ? response.headers['docker-content-digest'] : undefined;
        return digest !== undefined && isDigest(digest) ? digest : undefined;
      });
    },
    blob(descriptor, options = {}) {
      const path = `${prefix}/blobs/${descriptor.digest}`;
      const { signal, onRetry } = options;
      const what = `blob ${descriptor.digest}`;
      const open = (offset: number): Promise<HttpResponse> => {
        const headers: Record<string, string> = offset === 0 ? {} : { range: `bytes=${offset}-` };
        const accepts = [200, 206, 416];
        return ask({ method: 'GET', path, headers, signal, onRetry, what, accepts }, (response) => response);
      };
      const { attempts, firstPause: base } = limits;
      return streamBlob({ size: descriptor.size, open, attempts, base, onRetry, signal });
    },
  };
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
  parseManifest(bytes, contentType); // what a mirror sends instead of one is as good as nothing: the next is asked
  return { bytes, digest, ...(contentType === undefined ? {} : { contentType }) };
}

function withDeadline(signal: AbortSignal | undefined, milliseconds: number): AbortSignal {
  const deadline = AbortSignal.timeout(milliseconds);
  return signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
}
