// slipway.containers.remove: removes containers with the files they wrote, after a modal question that names them; they can be
// restored for a while.

import { type ContainerSummary } from '../../runtime-server/protocol/models.ts';
import { VIEW, type Handler } from '../contributions.ts';
import { isActive } from '../views/containers.ts';
import { forEach } from './each.ts';
import { offerUndo } from './restore-container.ts';
import { type Services } from './services.ts';
import { chooseContainers } from './targets.ts';

export function removeContainer(services: Services): Handler<'slipway.containers.remove'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Remove Container'),
      placeholder: l10n.t('The containers to remove'),
      many: true,
      none: l10n.t('There are no containers.'),
    });
    if (chosen === undefined) return;
    if (!chosen.confirmed && !(await confirm(services, chosen.items))) return;
    // Force only what was running when the person said yes: one that was started since is refused.
    const restorable: ContainerSummary[] = [];
    await prompts.progress({ view: VIEW.containers }, () =>
      forEach(chosen.items, async (container) => {
        const params = { container: container.id, force: isActive(container) };
        if ((await server.request('slipway/containers/remove', params)).restorable) restorable.push(container);
      }),
    );
    offerUndo(services, restorable);
  };
}

function confirm({ prompts, l10n }: Services, containers: readonly ContainerSummary[]): Promise<boolean> {
  const names = containers.map(({ name }) => name).join(', ');
  const running = containers.filter(isActive).map(({ name }) => name);
  if (running.length === 0) {
    return prompts.confirm({
      message: l10n.t('Remove {0}?', names),
      detail: l10n.t('It can be restored for a while, with the files written in it.'),
      action: l10n.t('Remove'),
    });
  }
  return prompts.confirm({
    message: l10n.t('Stop and remove {0}?', names),
    detail: l10n.t(
      '{0} is running and will be killed. It can be restored for a while, with the files written in it.',
      running.join(', '),
    ),
    action: l10n.t('Stop and Remove'),
  });
}
