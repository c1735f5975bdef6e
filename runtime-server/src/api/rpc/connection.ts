// The extension's connection: JSON-RPC in the Language Server Protocol's form, methods to the engine and events back.
// Knows the wire types and the engine; every answer to a bad request is an error value.

import type { Socket } from 'node:net';
import {
  createMessageConnection,
  ResponseError,
  SocketMessageReader,
  SocketMessageWriter,
  type CancellationToken,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { ERROR_STATUS } from '../../../protocol/errors.ts';
import type { Notifications, ServerHandshake } from '../../../protocol/methods.ts';
import { PRODUCT_VERSION, PROTOCOL_VERSION } from '../../../protocol/version.ts';
import { toEngineError, toWire } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Engine } from '../../engine/engine.ts';
import { archiveHandlers } from './archive-handlers.ts';
import { containerHandlers } from './container-handlers.ts';
import type { Handlers, Method } from './handlers.ts';
import { imageHandlers } from './image-handlers.ts';
import { snapshotHandlers } from './snapshot-handlers.ts';
import { systemHandlers } from './system-handlers.ts';
import { volumeHandlers } from './volume-handlers.ts';

export interface RpcDeps {
  readonly engine: Engine;
  readonly log: Logger;
  readonly pid: number;
  /** Absolute path of the thin client for the extension's terminals. */
  readonly client: string;
}

/** Serves one window until it hangs up. */
export function serveRpc(socket: Socket, deps: RpcDeps): Promise<void> {
  const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
  handshake(connection, deps, socket);
  const gone = new AbortController();
  const handlers = createHandlers(deps.engine, connection);
  register(connection, handlers, gone.signal, deps.log);
  const unsubscribe = deps.engine.events.subscribe((event) => {
    notify(connection, 'slipway/event', event);
  });
  connection.listen();
  return new Promise((resolve) => {
    connection.onClose(() => {
      unsubscribe();
      // Nobody waits for what this window asked for.
      gone.abort();
      connection.dispose();
      resolve();
    });
    connection.onError(() => undefined);
  });
}

/** LSP's life cycle (specification 3.17, "Server lifecycle"); `exit` ends the connection, never the server. */
function handshake(connection: MessageConnection, deps: RpcDeps, socket: Socket): void {
  const slipway: ServerHandshake = {
    protocolVersion: PROTOCOL_VERSION,
    productVersion: PRODUCT_VERSION,
    pid: deps.pid,
    client: deps.client,
  };
  connection.onRequest('initialize', () => ({
    capabilities: { experimental: { slipway } },
    serverInfo: { name: 'slipway', version: PRODUCT_VERSION },
  }));
  connection.onRequest('shutdown', () => null);
  connection.onNotification('exit', () => {
    socket.end();
  });
}

function register(connection: MessageConnection, handlers: Handlers, gone: AbortSignal, log: Logger): void {
  for (const method of Object.keys(handlers) as Method[]) {
    const handler = handlers[method] as (params: unknown, signal: AbortSignal) => unknown;
    connection.onRequest(method, async (params: unknown, token: CancellationToken) => {
      try {
        return await handler(params ?? {}, AbortSignal.any([gone, abortSignal(token)]));
      } catch (cause) {
        const error = toEngineError(cause, method);
        if (error.code === 'Internal') log.error(method, cause);
        return new ResponseError(ERROR_STATUS[error.code], error.message, toWire(error));
      }
    });
  }
}

function createHandlers(engine: Engine, connection: MessageConnection): Handlers {
  const tell = (progress: Notifications['slipway/images/progress']): void => {
    notify(connection, 'slipway/images/progress', progress);
  };
  const tellArchive = (progress: Notifications['slipway/images/archiveProgress']): void => {
    notify(connection, 'slipway/images/archiveProgress', progress);
  };
  return {
    ...systemHandlers(engine),
    ...imageHandlers(engine, tell),
    ...archiveHandlers(engine, tellArchive),
    ...containerHandlers(engine),
    ...volumeHandlers(engine),
    ...snapshotHandlers(engine),
  };
}

function notify<N extends keyof Notifications>(
  connection: MessageConnection,
  method: N,
  params: Notifications[N],
): void {
  // Fails, now or later, only when the window has gone, which onClose tells.
  try {
    connection.sendNotification(method, params).catch(() => undefined);
  } catch {
    // Already disposed of.
  }
}

function abortSignal(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  token.onCancellationRequested(() => {
    controller.abort();
  });
  return controller.signal;
}
