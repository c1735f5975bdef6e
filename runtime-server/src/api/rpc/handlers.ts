// What answers each method of the wire. Types only.

import type { Requests } from '../../../protocol/methods.ts';

export type Method = keyof Requests;

export type Handlers<M extends Method = Method> = {
  readonly [K in M]: (
    params: Requests[K]['params'],
    signal: AbortSignal,
  ) => Promise<Requests[K]['result']> | Requests[K]['result'];
};
