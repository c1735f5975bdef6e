// slipway.containers.restore: brings removed containers back; and the offer to do so right after a removal.

import { type ContainerSummary, type RemovedContainer } from '../../runtime-server/protocol/models.ts';
import { VIEW, type Handler } from '../contributions.ts';
import { formatAge } from '../model/format.ts';
import { forEach } from './each.ts';
import { type Services } from './services.ts';

export function restoreContainer(services: Services): Handler<'slipway.containers.restore'> {
  const { server, prompts } = services;
  return async (ids) => {
    const chosen = isIds(ids) ? ids : await ask(services);
    if (chosen.length === 0) return;
    await prompts.progress({ view: VIEW.containers }, () =>
      forEach(chosen, (container) => server.request('slipway/containers/restore', { container })),
    );
  };
}

/** Says that the containers are gone, with a button that brings them back. */
export function offerUndo({ prompts, l10n }: Services, removed: readonly ContainerSummary[]): void {
  if (removed.length === 0) return;
  prompts.offer({
    message: l10n.t('Removed {0}.', removed.map(({ name }) => name).join(', ')),
    action: l10n.t('Undo'),
    command: 'slipway.containers.restore',
    args: [removed.map(({ id }) => id)],
  });
}

async function ask({ server, prompts, l10n }: Services): Promise<readonly string[]> {
  const removed = await server.request('slipway/containers/removed', {});
  if (removed.length === 0) {
    prompts.inform(l10n.t('No removed container can be restored.'));
    return [];
  }
  const picked = await prompts.pick<RemovedContainer>({
    title: l10n.t('Restore Removed Container'),
    placeholder: l10n.t('The containers to bring back'),
    many: true,
    items: removed.map((container) => ({
      label: container.name,
      description: `${formatAge(container.removed, Date.now(), l10n) ?? ''} · ${container.image}`,
      value: container,
    })),
  });
  return (picked ?? []).map(({ id }) => id);
}

function isIds(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((id) => typeof id === 'string');
}
