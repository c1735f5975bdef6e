// slipway.containers.stop: asks containers to end and ends those that don't within the server's time limit.

import { VIEW, type Handler } from '../contributions.ts';
import { isActive } from '../views/containers.ts';
import { forEach } from './each.ts';
import { type Services } from './services.ts';
import { chooseContainers } from './targets.ts';

export function stopContainer(services: Services): Handler<'slipway.containers.stop'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Stop Container'),
      placeholder: l10n.t('The containers to stop'),
      many: true,
      suits: isActive,
      none: l10n.t('No container is running.'),
    });
    if (chosen === undefined) return;
    const running = chosen.items.filter(isActive);
    await prompts.progress({ view: VIEW.containers }, () =>
      forEach(running, ({ id }) => server.request('slipway/containers/stop', { container: id })),
    );
  };
}
