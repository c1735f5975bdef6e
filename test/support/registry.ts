// Debian's docker-registry on a loopback port of its own, with its files in a temporary directory.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Certificate } from './certificates.ts';

const PROGRAM = '/usr/bin/docker-registry';

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Where its files are. */
  readonly data: string;
  stop(): Promise<void>;
}

/** Why there can be no registry here; for `skip`. */
export function withoutRegistry(): string | false {
  return existsSync(PROGRAM) ? false : 'docker-registry is not installed';
}

export interface RegistryOptions {
  /** Where its files are, to serve those of another; default a folder of its own. */
  readonly data?: string;
  readonly tls?: Certificate;
  /** Whether it offers HTTP/2 over TLS; it does unless told. */
  readonly http2?: boolean;
}

export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-registry-'));
  const data = options.data ?? join(directory, 'data');
  const config = join(directory, 'config.yml');
  await writeFile(config, configuration(data, await httpOf(options, directory)));
  const child = spawn(PROGRAM, ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const host = `127.0.0.1:${await portOf(child)}`;
    return { host, data, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

// JSON is YAML.
async function httpOf({ tls, http2 = true }: RegistryOptions, directory: string): Promise<string> {
  const http = { addr: '127.0.0.1:0', secret: 'test', http2: { disabled: !http2 } };
  if (tls === undefined) return JSON.stringify(http);
  const [key, certificate] = [join(directory, 'key'), join(directory, 'certificate')];
  await Promise.all([writeFile(key, tls.key), writeFile(certificate, tls.cert)]);
  return JSON.stringify({ ...http, tls: { key, certificate } });
}

function configuration(data: string, http: string): string {
  return [
    'version: 0.1',
    'log: { level: info, accesslog: { disabled: true } }',
    `storage: { filesystem: { rootdirectory: ${JSON.stringify(data)} }, delete: { enabled: true } }`,
    `http: ${http}`,
    '',
  ].join('\n');
}

// The port is in the line with which the registry says that it listens.
async function portOf(child: ChildProcess): Promise<number> {
  if (child.stderr === null) throw new Error('docker-registry: no standard error');
  const seen: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    seen.push(line);
    const port = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port !== undefined) {
      child.stderr.resume();
      return Number(port);
    }
  }
  throw new Error(`docker-registry did not start: ${seen.join('\n')}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  child.once('exit', () => {
    resolve(undefined);
  });
  child.kill('SIGTERM');
  await promise;
}
