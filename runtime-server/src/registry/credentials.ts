// Where logins are kept and found: Docker's config.json, its credential helpers and its credsStore, in Docker's order.
// So whoever has logged in with docker is logged in here, and the other way round.

import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrno } from '../base/errors.ts';
import { readIfExists, writeFileAtomic } from '../base/fs.ts';
import { createKeyedMutex } from '../base/mutex.ts';
import type { Credentials } from './auth.ts';
import type { CredentialHelpers } from './credential-helper.ts';
import {
  findAuth,
  helperOf,
  hostOf,
  keyOf,
  NO_DOCKER_CONFIG,
  parseDockerConfig,
  withAuth,
  type DockerConfig,
} from './docker-config.ts';

export interface CredentialStore {
  /** The login for a registry's host (`docker.io`, `localhost:5000`). */
  find(host: string): Promise<Credentials | undefined>;
  /** Keeps a login; resolves to where: `helper NAME` or the file's path. */
  store(host: string, credentials: Credentials): Promise<{ readonly helper?: string; readonly path: string }>;
  /** Forgets the login of a host; false when there was none. */
  erase(host: string): Promise<boolean>;
  /** The hosts that there is a login for, by name. */
  list(): Promise<readonly string[]>;
}

/** `path`: Docker's config.json; need not exist. It is read anew each time: docker may have changed it. */
export function createCredentialStore(path: string, helpers: CredentialHelpers): CredentialStore {
  const mutex = createKeyedMutex();
  const read = async (): Promise<{ text: Buffer | undefined; config: DockerConfig }> => {
    const text = await readIfExists(path);
    return { text, config: text === undefined ? NO_DOCKER_CONFIG : parseDockerConfig(text, path) };
  };
  const write = async (text: string): Promise<void> => {
    await fs.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileAtomic(await realPath(path), text, { mode: 0o600 });
  };
  return {
    async find(host) {
      const { config } = await read();
      const helper = helperOf(config, host);
      const kept = helper === undefined ? undefined : await helpers.get(helper, keyOf(host));
      return kept ?? findAuth(config, host);
    },
    store: (host, credentials) =>
      mutex.run(path, async () => {
        const { text, config } = await read();
        const helper = helperOf(config, host);
        if (helper === undefined) {
          await write(withAuth(text, keyOf(host), credentials));
          return { path };
        }
        await helpers.store(helper, keyOf(host), credentials);
        return { helper, path };
      }),
    erase: (host) =>
      mutex.run(path, async () => {
        const { text, config } = await read();
        const helper = helperOf(config, host);
        const inHelper = helper !== undefined && (await helpers.get(helper, keyOf(host))) !== undefined;
        if (helper !== undefined && inHelper) await helpers.erase(helper, keyOf(host));
        const inFile = findAuth(config, host) !== undefined;
        if (inFile) await write(withAuth(text, keyOf(host)));
        return inHelper || inFile;
      }),
    async list() {
      const { config } = await read();
      const names = [config.credsStore ?? '', ...Object.values(config.credHelpers)].filter((name) => name !== '');
      const kept = await Promise.all([...new Set(names)].map((name) => helpers.list(name)));
      return [...new Set([...config.auths.keys(), ...kept.flat()].map(hostOf))].sort();
    },
  };
}

// Many people keep it as a link into a repository of their settings: the link stays one.
async function realPath(path: string): Promise<string> {
  try {
    return await fs.realpath(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return path;
    throw error;
  }
}
