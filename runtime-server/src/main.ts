// Where the server begins and ends: the only place that reads argv and the environment, opens the sockets and exits.

import { closeSync, ftruncateSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { serveCli } from './api/cli/connection.ts';
import { serveRpc } from './api/rpc/connection.ts';
import { bootId } from './base/boot.ts';
import { toEngineError } from './base/errors.ts';
import { createLogger, type Logger } from './base/log.ts';
import {
  dockerConfigPath,
  isNodeUsable,
  OLDEST_NODE,
  parseArguments,
  proxySettings,
  settingsPath,
  type ServerArguments,
} from './server/arguments.ts';
import { compose, type Parts } from './server/compose.ts';
import { endHolder } from './server/holder.ts';
import { createIdleWatch } from './server/idle.ts';
import { listen, type Listener } from './server/listen.ts';
import { importStarter } from './server/starter.ts';

const IDLE_MILLISECONDS = 5 * 60_000;
const WARM_MILLISECONDS = 1000;

/** dist/: this bundle is dist/server/main.mjs. */
const DIST = dirname(import.meta.dirname);

async function main(): Promise<void> {
  const args = parseArguments(process.argv.slice(2));
  const log = createLogger(process.stderr);
  process.umask(0o022);
  if (!isNodeUsable(process.versions.node)) {
    answerReady(
      args.readyFd,
      `error: start server: Node ${process.versions.node} is older than ${OLDEST_NODE}; set SLIPWAY_NODE to a newer one\n`,
    );
    process.exit(1);
  }
  nameLockHolder(args.lockFd);
  const env = process.env;
  const parts = compose(
    args,
    {
      settingsPath: settingsPath(env, args.mode),
      proxy: proxySettings(env),
      logins: { configPath: dockerConfigPath(env), environment: env },
      user: env['USER'] ?? env['LOGNAME'] ?? 'USER',
      dist: DIST,
      boot: bootId(),
    },
    log,
  );
  try {
    await prepare(parts, args, log);
    await openSockets(parts, args, log);
    answerReady(args.readyFd, 'ok\n');
    parts.containers.resume();
    // Not before the first answers.
    setTimeout(() => {
      parts.warm().catch((error: unknown) => {
        log.error('load what is used later', error);
      });
    }, WARM_MILLISECONDS).unref();
    log.info(`ready: process ${process.pid}, mode ${args.mode}`);
  } catch (cause) {
    log.error('start', cause);
    answerReady(args.readyFd, `error: ${toEngineError(cause, 'start server').message}\n`);
    process.exit(1);
  }
}

/** Cleans up after a former server, takes over its containers, and has the starter image ready. */
async function prepare({ workspace, images, containers }: Parts, args: ServerArguments, log: Logger): Promise<void> {
  await workspace.start();
  await Promise.all([images.start(), containers.recover()]);
  if (args.mode !== 'none') await importStarter(images, join(DIST, 'starter'), args.dataDirectory, log);
  // What a pull that was killed left under final names.
  images.gc().catch((error: unknown) => {
    log.error('collect garbage', error);
  });
}

async function openSockets(parts: Parts, args: ServerArguments, log: Logger): Promise<void> {
  const { engine, isBusy } = parts;
  const listeners: Listener[] = [];
  const end = once(() => exit(parts, args, listeners, isBusy(), log));
  const idle = createIdleWatch({ milliseconds: IDLE_MILLISECONDS, isBusy, onIdle: end });
  let asked = false;
  const stop = (): void => {
    asked = true;
  };
  const server = { pid: process.pid, stop };
  listeners.push(
    await listen(join(args.runtimeDirectory, 'server.sock'), (socket) =>
      idle.during(serveRpc(socket, { engine, log, pid: process.pid, client: args.client })),
    ),
    await listen(join(args.runtimeDirectory, 'cli.sock'), async (socket) => {
      await idle.during(serveCli(socket, { engine, server, log }));
      // The client has its answer by now.
      if (asked) end();
    }),
  );
  engine.events.subscribe(() => {
    idle.recheck();
  });
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  idle.recheck();
}

/** Leaves the containers alone; with none running, the namespaces go too. */
async function exit(
  { containers, images, removeCgroup }: Parts,
  args: ServerArguments,
  listeners: readonly Listener[],
  busy: boolean,
  log: Logger,
): Promise<never> {
  try {
    await Promise.all(listeners.map((listener) => listener.close()));
    containers.close();
    await images.close();
    await rm(join(args.runtimeDirectory, 'launch.sock'), { force: true });
    if (!busy) {
      await removeCgroup();
      await endHolder(args.runtimeDirectory);
    }
    log.info('ended');
  } catch (error) {
    log.error('end', error);
  }
  process.exit(0);
}

function once(action: () => Promise<unknown>): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    void action();
  };
}

/** Who holds the lock, for the error of a client that waits for it in vain. */
function nameLockHolder(fd: number): void {
  ftruncateSync(fd);
  writeSync(fd, `${process.pid}\n`, 0);
}

function answerReady(fd: number, line: string): void {
  try {
    writeSync(fd, line);
    closeSync(fd);
  } catch {
    // Whoever started the server has gone; the next client finds it.
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
