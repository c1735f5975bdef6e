// slipway.containers.pause, slipway.containers.unpause: hold all processes of containers, and let them go on.

import { VIEW, type Handler } from '../contributions.ts';
import { forEach } from './each.ts';
import { type Services } from './services.ts';
import { chooseContainers, type ChooseOptions } from './targets.ts';
import { type ContainerSummary } from '../../runtime-server/protocol/models.ts';

export function pauseContainer(services: Services): Handler<'slipway.containers.pause'> {
  const { l10n } = services;
  return changeAll(services, 'slipway/containers/pause', 'running', {
    title: l10n.t('Pause Container'),
    placeholder: l10n.t('The containers to pause'),
    none: l10n.t('No container is running.'),
  });
}

export function unpauseContainer(services: Services): Handler<'slipway.containers.unpause'> {
  const { l10n } = services;
  return changeAll(services, 'slipway/containers/unpause', 'paused', {
    title: l10n.t('Unpause Container'),
    placeholder: l10n.t('The containers to let go on'),
    none: l10n.t('No container is paused.'),
  });
}

/** Asks the same of all the chosen containers that are in `from`; the others are left as they are. */
function changeAll(
  services: Services,
  method: 'slipway/containers/pause' | 'slipway/containers/unpause',
  from: ContainerSummary['state'],
  words: Pick<ChooseOptions<ContainerSummary>, 'title' | 'placeholder' | 'none'>,
): Handler<'slipway.containers.pause'> {
  const { server, prompts } = services;
  const suits = ({ state }: ContainerSummary): boolean => state === from;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, { ...words, many: true, suits });
    if (chosen === undefined) return;
    await prompts.progress({ view: VIEW.containers }, () =>
      forEach(chosen.items.filter(suits), ({ id }) => server.request(method, { container: id })),
    );
  };
}
