// slipway.containers.attach: a terminal at a running container's own input and output.

import { type Handler } from '../contributions.ts';
import { type Services } from './services.ts';
import { chooseContainers } from './targets.ts';

export function attachContainer(services: Services): Handler<'slipway.containers.attach'> {
  const { terminals, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Attach to Container'),
      placeholder: l10n.t('The container to attach to'),
      suits: ({ state }) => state === 'running',
      none: l10n.t('No container is running.'),
    });
    for (const { id, name } of chosen?.items ?? []) {
      terminals.open({
        name: l10n.t('{0} (attached)', name),
        icon: 'vm-connect',
        args: ['attach', id],
        hold: 'failure',
      });
    }
  };
}
