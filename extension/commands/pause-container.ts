// slipway.containers.pause, slipway.containers.unpause: hold all processes of containers, and let them go on.

import { VIEW, type Handler } from '../contributions.ts';
import { forEach } from './each.ts';
import { type Services } from './services.ts';
import { chooseContainers } from './targets.ts';

export function pauseContainer(services: Services): Handler<'slipway.containers.pause'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Pause Container'),
      placeholder: l10n.t('The containers to pause'),
      many: true,
      suits: ({ state }) => state === 'running',
      none: l10n.t('No container is running.'),
    });
    if (chosen === undefined) return;
    const running = chosen.items.filter(({ state }) => state === 'running');
    await prompts.progress({ view: VIEW.containers }, () =>
      forEach(running, ({ id }) => server.request('slipway/containers/pause', { container: id })),
    );
  };
}

export function unpauseContainer(services: Services): Handler<'slipway.containers.unpause'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Unpause Container'),
      placeholder: l10n.t('The containers to let go on'),
      many: true,
      suits: ({ state }) => state === 'paused',
      none: l10n.t('No container is paused.'),
    });
    if (chosen === undefined) return;
    const paused = chosen.items.filter(({ state }) => state === 'paused');
    await prompts.progress({ view: VIEW.containers }, () =>
      forEach(paused, ({ id }) => server.request('slipway/containers/unpause', { container: id })),
    );
  };
}
