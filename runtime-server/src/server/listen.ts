// Listening on a socket of the runtime directory. Access is the directory's (0700, owner checked): there is no other.

import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { internal } from '../base/errors.ts';

export interface Listener {
  /** Stops taking connections and removes the socket; those that are open stay. */
  close(): Promise<void>;
}

/** unix(7): `sun_path` has 108 bytes with its terminating zero. */
const LONGEST_PATH = 107;

/**
 * Serves each connection to `path` with `serve`. A socket left by a dead server is replaced: the caller holds the lock
 * that says there is no living one.
 */
export async function listen(path: string, serve: (socket: Socket) => Promise<void>): Promise<Listener> {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw internal(`listen on ${path}: the path is longer than ${LONGEST_PATH} bytes`, {
      hint: 'Set SLIPWAY_RUN to a shorter folder.',
    });
  }
  await rm(path, { force: true });
  const server = createServer((socket) => void serve(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600); // once more, should the directory ever be opened by hand
  return {
    close: async () => {
      server.close();
      await rm(path, { force: true });
    },
  };
}
