// Network failures and HTTP statuses in plain words. Knows which are worth another try; makes no requests.

import {
  dataLoss,
  EngineError,
  internal,
  notFound,
  permissionDenied,
  unauthenticated,
  unavailable,
  unsupported,
} from '../base/errors.ts';
import { isAbortError } from '../base/abort.ts';

/** The code of a body that the other side stopped taking. */
export const UPLOAD_STALLED = 'ERR_UPLOAD_STALLED';

const TRANSIENT: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  // A stream of HTTP/2 that was reset, or its connection taken away (GOAWAY).
  'UND_ERR_INFO',
  'ERR_STREAM_PREMATURE_CLOSE', // while its body was sent
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_HTTP2_SESSION_ERROR',
]);

/** True for failures of a connection that may not happen again. */
export function isTransient(error: unknown): boolean {
  return TRANSIENT.has(codeOf(error));
}

/** True when the host was not reached at all, or not as the protocol wants: another address may do. Whoever speaks HTTP/2 speaks TLS. */
export function isUnreachable(error: unknown): boolean {
  const code = codeOf(error);
  return code !== '' && !code.startsWith('ERR_HTTP2') && !isAbortError(error) && !(error instanceof EngineError);
}

/** True when another address of the same host would not be reached either. */
export function isHostGone(error: unknown): boolean {
  return ['ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT', 'ENETUNREACH', 'EHOSTUNREACH'].includes(
    codeOf(error),
  );
}

/** An error of the network as an EngineError that names the host; others as they are. */
export function describeFailure(error: unknown, url: URL): Error {
  const code = codeOf(error);
  if (!(error instanceof Error)) return internal(String(error));
  if (error instanceof EngineError || isAbortError(error) || code === '') return error;
  const { reason, hint } = words(code, url);
  return unavailable(reason, { cause: error, hint, detail: { host: url.host, reason: code } });
}

const CHECK_NETWORK = 'Check the network, or the proxy if there is one, and try again.';

function words(code: string, url: URL): { reason: string; hint: string } {
  const { host } = url;
  switch (code) {
    case 'ENOTFOUND':
      return { reason: `there is no host ${url.hostname}`, hint: "Check the registry's name and the network's DNS." };
    case 'EAI_AGAIN':
      return { reason: `the name ${url.hostname} can't be looked up now`, hint: 'Check the network and its DNS.' };
    case 'ECONNREFUSED':
      return { reason: `${host} refuses connections`, hint: 'Check the address and that the registry is running.' };
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return { reason: `${host} can't be reached from this network`, hint: CHECK_NETWORK };
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
      return { reason: `${host} does not answer`, hint: CHECK_NETWORK };
    case UPLOAD_STALLED:
      return { reason: `${host} stopped taking what is sent`, hint: CHECK_NETWORK };
    case 'UND_ERR_BODY_TIMEOUT':
      return { reason: `${host} stopped sending`, hint: CHECK_NETWORK };
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
    case 'UND_ERR_INFO':
    case 'ERR_STREAM_PREMATURE_CLOSE':
    case 'ERR_HTTP2_STREAM_ERROR':
    case 'ERR_HTTP2_SESSION_ERROR':
      return { reason: `${host} closed the connection`, hint: 'Try again later.' };
    case 'ERR_HTTP2_ERROR':
    case 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES':
      return {
        reason: `${host} does not keep to HTTP/2`,
        hint: 'Ask whoever runs the registry, or the proxy before it.',
      };
    default:
      return tlsWords(code, host) ?? { reason: `${host} can't be reached (${code})`, hint: CHECK_NETWORK };
  }
}

function tlsWords(code: string, host: string): { reason: string; hint: string } | undefined {
  const insecure = `If you trust it, put its CA into \`certs.d/${host}/ca.crt\` beside the settings, or add it to \`insecure-registries\`.`;
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|ALERT_BAD_CERTIFICATE|ALERT_UNKNOWN_CA/.test(code)) {
    return {
      reason: `${host} asks for a client certificate that it trusts`,
      hint: `Put it into \`certs.d/${host}/\` beside the settings, as client.cert and client.key.`,
    };
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return {
      reason: `${host} does not speak TLS`,
      hint: 'If it has no TLS, add it to `insecure-registries` in the settings.',
    };
  }
  if (code === 'CERT_HAS_EXPIRED') return { reason: `the certificate of ${host} has expired`, hint: insecure };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return { reason: `the certificate of ${host} is for another host`, hint: insecure };
  }
  if (/CERT|SIGNATURE|ISSUER/.test(code))
    return { reason: `the certificate of ${host} is not trusted`, hint: insecure };
  return undefined;
}

/** What went wrong, from the status of a response that is no success. */
export interface Asked {
  readonly host: string;
  /** `docker.io/library/alpine`. */
  readonly repository: string;
  /** `blob sha256:…`; absent for the manifest asked for. */
  readonly what?: string;
  readonly loggedIn: boolean;
  /** Something was to be written there. */
  readonly writes?: boolean;
}

/** The error for a status; `retryAfter` in seconds. */
export function describeStatus(status: number, asked: Asked, retryAfter?: number): EngineError {
  const detail = { status, host: asked.host };
  const unwritten = asked.writes === true ? describeUnwritten(status, asked, detail) : undefined;
  if (unwritten !== undefined) return unwritten;
  switch (status) {
    case 401:
      return refused(asked, detail);
    case 403:
      return permissionDenied(`${asked.host} denies access to ${asked.repository}`, {
        detail,
        hint: asked.loggedIn
          ? `Check which repositories your login may ${asked.writes === true ? 'write' : 'read'}.`
          : `Log in with \`slipway login ${asked.host}\`.`,
      });
    case 404:
      return missing(asked, detail);
    case 429:
      return unavailable(`${asked.host} was asked too often${inSeconds(retryAfter)}`, {
        detail,
        hint: 'Wait a while, log in, or set a mirror in `registry-mirrors`.',
      });
    default:
      return status >= 500
        ? unavailable(`${asked.host} has trouble (HTTP ${status})`, { detail, hint: 'Try again later.' })
        : dataLoss(`${asked.host} answered with HTTP ${status}`, { detail });
  }
}

// Statuses that mean something else for what was sent than for what was asked for.
function describeUnwritten(
  status: number,
  asked: Asked,
  detail: NonNullable<EngineError['detail']>,
): EngineError | undefined {
  const { host, repository, what = 'the manifest' } = asked;
  switch (status) {
    case 400:
      return dataLoss(`${host} refuses ${what} of ${repository}`, { detail });
    case 404:
      return notFound(`${host} has no repository ${repository}`, {
        detail,
        hint: 'Check the name; some registries want a repository to be made first.',
      });
    case 405:
      return unsupported(`${host} takes no images`, {
        detail,
        hint: 'It may be a mirror: push to the registry behind it.',
      });
    case 413:
      return unsupported(`${host} takes nothing as large as ${what}`, { detail });
    default:
      return undefined;
  }
}

function missing(asked: Asked, detail: EngineError['detail']): EngineError {
  const about = detail === undefined ? {} : { detail };
  if (asked.what !== undefined) return dataLoss(`${asked.host} has lost ${asked.what} of ${asked.repository}`, about);
  return notFound(`not found in ${asked.repository}`, { ...about, hint: 'Check the name and the tag.' });
}

// Hosts that hand out tokens to everybody answer 401 for a repository that is not there, so as not to tell.
function refused(asked: Asked, detail: EngineError['detail']): EngineError {
  const about = detail === undefined ? {} : { detail };
  if (asked.loggedIn) {
    return unauthenticated(`${asked.host} refused the login for ${asked.repository}`, {
      ...about,
      hint: `Log in again with \`slipway login ${asked.host}\`.`,
    });
  }
  if (asked.host === 'docker.io' && asked.writes !== true) {
    return notFound(`not found in ${asked.repository}, or it needs a login`, { ...about, hint: 'Check the name.' });
  }
  return unauthenticated(`${asked.host} asks for a login for ${asked.repository}`, {
    ...about,
    hint: `Log in with \`slipway login ${asked.host}\`, or check the image's name.`,
  });
}

function inSeconds(retryAfter: number | undefined): string {
  return retryAfter === undefined ? '' : ` and wants ${Math.ceil(retryAfter)} s of quiet`;
}

// Node and undici put the code on the error; an attempt at several addresses is an AggregateError with one.
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error.name === 'TimeoutError') return 'UND_ERR_BODY_TIMEOUT'; // AbortSignal.timeout
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === 'string' && code !== '') return code;
  if (error instanceof AggregateError) return error.errors.map(codeOf).find((item) => item !== '') ?? '';
  return error.cause === undefined ? '' : codeOf(error.cause);
}
