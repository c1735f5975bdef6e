// slipway.containers.restart: stops containers, where they run, and starts them.

import { VIEW, type Handler } from '../contributions.ts';
import { forEach } from './each.ts';
import { type Services } from './services.ts';
import { chooseContainers } from './targets.ts';

export function restartContainer(services: Services): Handler<'slipway.containers.restart'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Restart Container'),
      placeholder: l10n.t('The containers to restart'),
      many: true,
      suits: ({ state }) => state !== 'dead' && state !== 'removing',
      none: l10n.t('There are no containers.'),
    });
    if (chosen === undefined) return;
    await prompts.progress({ view: VIEW.containers }, () =>
      forEach(chosen.items, ({ id }) => server.request('slipway/containers/restart', { container: id })),
    );
  };
}
