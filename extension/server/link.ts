// One connection to the server as the rest of the extension sees it: typed requests, notifications, how it ends.

import { type Disposable } from '../base/emitter.ts';
import { type Notifications, type Requests, type ServerHandshake } from '../../runtime-server/protocol/methods.ts';

export type Method = keyof Requests;
export type Params<M extends Method> = Requests[M]['params'];
export type Result<M extends Method> = Requests[M]['result'];

export interface RequestOptions {
  /** Aborting cancels the request at the server, too. */
  readonly signal?: AbortSignal;
}

export interface Link {
  /** Absent when the server's answer to `initialize` carries none: it is not a server this extension understands. */
  readonly handshake: ServerHandshake | undefined;
  request<M extends Method>(method: M, params: Params<M>, options?: RequestOptions): Promise<Result<M>>;
  onNotification<N extends keyof Notifications>(name: N, listener: (value: Notifications[N]) => void): Disposable;
  /** Called once when the connection ends without {@link Link.close} having been called. */
  onLost(listener: () => void): Disposable;
  /** Ends the connection; the server goes on. */
  close(): Promise<void>;
}
