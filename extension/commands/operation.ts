// One long request about images whose progress comes as notifications: shown in the Images view and in a notification whose Cancel
// cancels it. What the notifications say is the caller's to read.

import { randomUUID } from 'node:crypto';
import { type Notifications } from '../../runtime-server/protocol/methods.ts';
import { VIEW } from '../contributions.ts';
import { type Method, type Params, type Result } from '../server/link.ts';
import { type ProgressPort, type Services } from './services.ts';

/** Requests that name their operation, so that its notifications are told from others'. */
type OperationMethod = { [M in Method]: Params<M> extends { readonly operation: string } ? M : never }[Method];

export interface Operation<M extends OperationMethod, N extends keyof Notifications> {
  /** Names the notification. */
  readonly title: string;
  readonly method: M;
  readonly params: Omit<Params<M>, 'operation'>;
  readonly progress: N;
  readonly show: (value: Notifications[N], report: ProgressPort['report']) => void;
}

export function runOperation<
  M extends OperationMethod,
  N extends 'slipway/images/progress' | 'slipway/images/archiveProgress',
>({ server, prompts }: Services, { title, method, params, progress, show }: Operation<M, N>): Promise<Result<M>> {
  return prompts.progress({ view: VIEW.images, title }, async ({ signal, report }) => {
    const link = await server.require();
    const operation = randomUUID();
    const subscription = link.onNotification(progress, (value) => {
      if (value.operation === operation) show(value, report);
    });
    try {
      return await link.request(method, { ...params, operation } as unknown as Params<M>, { signal });
    } finally {
      subscription.dispose();
    }
  });
}
