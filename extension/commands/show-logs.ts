// slipway.containers.logs: a terminal that follows a container's output; it stays when the container ends.

import { type Handler } from '../contributions.ts';
import { type Services } from './services.ts';
import { chooseContainers } from './targets.ts';

export function showLogs(services: Services): Handler<'slipway.containers.logs'> {
  const { terminals, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Show Logs'),
      placeholder: l10n.t('The container whose output to show'),
      none: l10n.t('There are no containers.'),
    });
    for (const { id, name } of chosen?.items ?? []) {
      terminals.open({ name: l10n.t('{0} (logs)', name), icon: 'output', args: ['logs', '-f', id], hold: 'always' });
    }
  };
}
