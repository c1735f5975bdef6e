// slipway.images.runInteractive: a terminal in a new container.

import { type Handler } from '../contributions.ts';
import { askImages } from './run-targets.ts';
import { type Services } from './services.ts';

export function runImageInteractive(services: Services): Handler<'slipway.images.runInteractive'> {
  return async (...args) => {
    const chosen = await askImages(services, args, services.l10n.t('Run Image in a Terminal'));
    for (const { name, label } of chosen ?? []) {
      services.terminals.open({ name: label, icon: 'vm-running', args: ['run', '-it', name], hold: 'failure' });
    }
  };
}
