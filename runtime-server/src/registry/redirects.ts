// A transport that follows redirects: at most five, never from https to http, credentials only for the host they
// were made for.

import { dataLoss, unavailable } from '../base/errors.ts';
import type { Transport } from './http.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface RedirectPolicy {
  /** True where plain http may be used. */
  readonly allowsHttp: (url: URL) => boolean;
}

export function withRedirects(next: Transport, policy: RedirectPolicy): Transport {
  return async (request) => {
    let current = request;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await next(current);
      const location = REDIRECTS.has(response.status) ? response.headers['location'] : undefined;
      if (location === undefined) return response;
      response.discard();
      if (!keepsMethod(current.method, response.status))
        throw dataLoss(`${response.url.host} redirects what was sent to it, which was refused`);
      const url = followable(response.url, location, policy);
      const headers = url.origin === current.url.origin ? current.headers : withoutCredentials(current.headers);
      current = { ...current, url, headers };
    }
    throw unavailable(`${request.url.host} redirects more than ${MAX_REDIRECTS} times`);
  };
}

// RFC 9110 §15.4: only 307 and 308 promise that a method other than GET stays what it is.
function keepsMethod(method: string, status: number): boolean {
  return method === 'GET' || method === 'HEAD' || status === 307 || status === 308;
}

/** The address that `from` sends to, if it may be gone to. Throws DataLoss where it may not. */
export function followable(from: URL, location: string, policy: RedirectPolicy): URL {
  if (!URL.canParse(location, from.href)) throw dataLoss(`${from.host} redirects to an address that is none`);
  const url = new URL(location, from);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw dataLoss(`${from.host} redirects to an address that is not http`);
  }
  if (url.protocol === 'http:' && (from.protocol === 'https:' || !policy.allowsHttp(url))) {
    throw dataLoss(`${from.host} redirects to ${url.host} without TLS, which was refused`);
  }
  url.username = '';
  url.password = '';
  return url;
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization' && name !== 'cookie'));
}
