// Pull and push as operations: their progress is layers and bytes, how fast they go, and for how long still.

import { NO_PACE, rateOf, sampled } from '../model/pace.ts';
import { advance, fraction, movedBytes, NOTHING_MOVED, transferText } from '../model/transfer-progress.ts';
import { type Params, type Result } from '../server/link.ts';
import { runOperation } from './operation.ts';
import { type Services } from './services.ts';

type Transfer = 'slipway/images/pull' | 'slipway/images/push';

/** `title` names the notification. */
export function transfer<M extends Transfer>(
  services: Services,
  title: string,
  method: M,
  params: Omit<Params<M>, 'operation'>,
): Promise<Result<M>> {
  const { l10n } = services;
  let state = NOTHING_MOVED;
  let pace = NO_PACE;
  return runOperation(services, {
    title,
    method,
    params,
    progress: 'slipway/images/progress',
    show({ progress }, report) {
      state = advance(state, progress);
      pace = sampled(pace, performance.now(), movedBytes(state));
      report(transferText(state, l10n, rateOf(pace)), fraction(state));
    },
  });
}
