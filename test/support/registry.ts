// Debian's docker-registry on a loopback port of its own, with its files in a temporary directory.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAM = '/usr/bin/docker-registry';

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  stop(): Promise<void>;
}

/** Why there can be no registry here; for `skip`. */
export function withoutRegistry(): string | false {
  return existsSync(PROGRAM) ? false : 'docker-registry is not installed';
}

export async function startRegistry(): Promise<TestRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-registry-'));
  const config = join(directory, 'config.yml');
  await writeFile(config, configuration(join(directory, 'data')));
  const child = spawn(PROGRAM, ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const host = `127.0.0.1:${await portOf(child)}`;
    return { host, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function configuration(data: string): string {
  return [
    'version: 0.1',
    'log: { level: info, accesslog: { disabled: true } }',
    `storage: { filesystem: { rootdirectory: ${JSON.stringify(data)} }, delete: { enabled: true } }`,
    'http: { addr: "127.0.0.1:0", secret: "test" }',
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
