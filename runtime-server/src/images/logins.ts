// Logging in and out: asks the registry first, then keeps or forgets the login where docker does. No secret in any message.

import { invalidArgument, notFound, unsupported } from '../base/errors.ts';
import { printable } from '../base/validate.ts';
import { parseRegistry } from '../oci/reference.ts';
import type { Registry } from '../registry/client.ts';
import type { CredentialStore } from '../registry/credentials.ts';
import { during } from './failure.ts';
import type { LoginPlace, Logins } from './images.ts';

/** The store of logins, loaded at its first use. */
export type LazyLogins = () => Promise<CredentialStore>;

export function lazyLogins(place: LoginPlace | undefined): LazyLogins {
  let store: Promise<CredentialStore> | undefined;
  const load = async (): Promise<CredentialStore> => {
    const [{ createCredentialHelpers }, { createCredentialStore }] = await Promise.all([
      import('../registry/credential-helper.ts'),
      import('../registry/credentials.ts'),
    ]);
    return place === undefined
      ? NOBODY
      : createCredentialStore(place.configPath, createCredentialHelpers(place.environment));
  };
  return () => (store ??= load());
}

/** Where there is no place for logins, every registry is asked as nobody. */
const NOBODY: CredentialStore = {
  find: () => Promise.resolve(undefined),
  store: () => Promise.reject(unsupported('there is no place to keep a login')),
  erase: () => Promise.resolve(false),
  list: () => Promise.resolve([]),
};

export interface LoginsOptions {
  readonly store: LazyLogins;
  readonly registry: () => Promise<Pick<Registry, 'checkLogin' | 'forget'>>;
}

export function createLogins({ store, registry }: LoginsOptions): Logins {
  return {
    login: (server, given, { signal } = {}) =>
      during(`login ${printable(server || 'docker.io')}`, async () => {
        const host = parseRegistry(server, 'login');
        const logins = await store();
        const credentials = given ?? (await logins.find(host));
        if (credentials === undefined)
          throw notFound('there is no login for it', { hint: 'Give a user name and a password.' });
        // HTTP (RFC 7617) and the file part name and password by the first colon.
        if (credentials.username.includes(':')) throw invalidArgument('a user name has no colon');
        const client = await registry();
        await client.checkLogin(host, credentials, { signal });
        const { path, helper } = await logins.store(host, credentials);
        client.forget(host);
        return { host, path, ...(helper === undefined ? {} : { helper }) };
      }),
    logout: (server) =>
      during(`logout ${printable(server || 'docker.io')}`, async () => {
        const host = parseRegistry(server, 'logout');
        const removed = await (await store()).erase(host);
        (await registry()).forget(host);
        return { host, removed };
      }),
    list: () => during('list logins', async () => (await store()).list()),
  };
}
