// Opens a Link over the server's socket with vscode-languageclient. Loaded on first use only: the client is large.

import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { CancellationTokenSource, type LogOutputChannel } from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  type InitializeResult,
  type LanguageClientOptions,
} from 'vscode-languageclient/node';
import {
  type InitializeOptions,
  type Notifications,
  type ServerHandshake,
} from '../../runtime-server/protocol/methods.ts';
import { Emitter } from '../base/emitter.ts';
import { type Link, type Method, type Params, type RequestOptions, type Result } from './link.ts';

export interface ConnectOptions {
  readonly socket: string;
  readonly hello: InitializeOptions;
  readonly log: LogOutputChannel;
  readonly signal?: AbortSignal;
}

/** Connects, says hello and resolves when the server has answered. */
export async function connect(options: ConnectOptions): Promise<Link> {
  const socket = await openSocket(options.socket, options.signal);
  const lost = new Emitter<undefined>();
  const client = new QuietClient(
    'slipway',
    'Slipway',
    () => Promise.resolve({ reader: socket, writer: socket, detached: true }),
    clientOptions(options, () => {
      lost.fire(undefined);
    }),
  );
  const notifications = listen(client);
  try {
    await client.start();
  } catch (error) {
    socket.destroy();
    await client.dispose().catch(() => undefined);
    throw error;
  }
  return {
    handshake: readHandshake(client.initializeResult),
    request: (method, params, requestOptions) => sendRequest(client, method, params, requestOptions),
    onNotification: (name, listener) => notifications[name].event(listener),
    onLost: lost.event,
    async close() {
      lost.dispose();
      // Fails when the server is gone or does not answer in time: then cutting the line is all that is left.
      await client.dispose().catch(() => undefined);
      socket.destroy();
    },
  };
}

type Emitters = { readonly [N in keyof Notifications]: Emitter<Notifications[N]> };

/** The client keeps one handler per notification; any number may listen here. Made before the start: nothing is missed. */
function listen(client: LanguageClient): Emitters {
  const report = (error: unknown): void => {
    client.error('A listener of a notification failed.', error);
  };
  const emitters: Emitters = {
    'slipway/event': new Emitter(report),
    'slipway/images/archiveProgress': new Emitter(report),
    'slipway/images/progress': new Emitter(report),
  };
  client.onNotification('slipway/event', (event: Notifications['slipway/event']) => {
    emitters['slipway/event'].fire(event);
  });
  client.onNotification('slipway/images/archiveProgress', (value: Notifications['slipway/images/archiveProgress']) => {
    emitters['slipway/images/archiveProgress'].fire(value);
  });
  client.onNotification('slipway/images/progress', (value: Notifications['slipway/images/progress']) => {
    emitters['slipway/images/progress'].fire(value);
  });
  return emitters;
}

/** The session tells the person what happened; what the client itself would say goes to the log only. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

function clientOptions(options: ConnectOptions, onClosed: () => void): LanguageClientOptions {
  return {
    outputChannel: options.log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: options.hello,
    initializationFailedHandler: () => false,
    errorHandler: {
      error: () => ({ action: ErrorAction.Shutdown, handled: true }),
      closed: () => {
        onClosed();
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
  };
}

async function sendRequest<M extends Method>(
  client: LanguageClient,
  method: M,
  params: Params<M>,
  options: RequestOptions = {},
): Promise<Result<M>> {
  const { signal } = options;
  const source = new CancellationTokenSource();
  const cancel = (): void => {
    source.cancel();
  };
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await client.sendRequest<Result<M>>(method, params, source.token);
  } finally {
    signal?.removeEventListener('abort', cancel);
    source.dispose();
  }
}

async function openSocket(path: string, signal: AbortSignal | undefined): Promise<Socket> {
  const socket = connectSocket(path);
  try {
    await once(socket, 'connect', signal === undefined ? {} : { signal });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  // From here on the client listens for `close`; an error without a listener would end the extension host.
  socket.on('error', () => undefined);
  return socket;
}

function readHandshake(result: InitializeResult | undefined): ServerHandshake | undefined {
  const experimental: unknown = result?.capabilities.experimental;
  if (typeof experimental !== 'object' || experimental === null || !('slipway' in experimental)) return undefined;
  const handshake = experimental.slipway;
  if (typeof handshake !== 'object' || handshake === null || !('protocolVersion' in handshake)) return undefined;
  return typeof handshake.protocolVersion === 'number' ? (handshake as ServerHandshake) : undefined;
}
