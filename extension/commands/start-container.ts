// slipway.containers.start: starts containers that were created or have ended.

import { VIEW, type Handler } from '../contributions.ts';
import { forEach } from './each.ts';
import { type Services } from './services.ts';
import { chooseContainers } from './targets.ts';

export function startContainer(services: Services): Handler<'slipway.containers.start'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Start Container'),
      placeholder: l10n.t('The containers to start'),
      many: true,
      suits: ({ state }) => state === 'created' || state === 'exited',
      none: l10n.t('There is no container to start.'),
    });
    if (chosen === undefined) return;
    await prompts.progress({ view: VIEW.containers }, () =>
      forEach(chosen.items, ({ id }) => server.request('slipway/containers/start', { container: id })),
    );
  };
}
