// A pull or a push with progress in the Images view and in a notification whose Cancel cancels it.

import { randomUUID } from 'node:crypto';
import { VIEW } from '../contributions.ts';
import { NO_PACE, rateOf, sampled } from '../model/pace.ts';
import { advance, fraction, movedBytes, NOTHING_MOVED, transferText } from '../model/transfer-progress.ts';
import { type Params, type Result } from '../server/link.ts';
import { type Services } from './services.ts';

type Transfer = 'slipway/images/pull' | 'slipway/images/push';

/** `title` names the notification. */
export function transfer<M extends Transfer>(
  { server, prompts, l10n }: Services,
  title: string,
  method: M,
  params: Omit<Params<M>, 'operation'>,
): Promise<Result<M>> {
  return prompts.progress({ view: VIEW.images, title }, async ({ signal, report }) => {
    const link = await server.require();
    const operation = randomUUID();
    let state = NOTHING_MOVED;
    let pace = NO_PACE;
    const subscription = link.onNotification('slipway/images/progress', (value) => {
      if (value.operation !== operation) return;
      state = advance(state, value.progress);
      pace = sampled(pace, performance.now(), movedBytes(state));
      report(transferText(state, l10n, rateOf(pace)), fraction(state));
    });
    try {
      return await link.request(method, { ...params, operation }, { signal });
    } finally {
      subscription.dispose();
    }
  });
}
