// slipway.containers.processes and stats: a terminal with what runs in a container, or with what it uses, second by second.

import { type Handler } from '../contributions.ts';
import { type Services } from './services.ts';
import { chooseContainers } from './targets.ts';

const isLive = ({ state }: { readonly state: string }): boolean => state === 'running' || state === 'paused';

export function showProcesses(services: Services): Handler<'slipway.containers.processes'> {
  const { terminals, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Show Processes'),
      placeholder: l10n.t('The container whose processes to show'),
      suits: isLive,
      none: l10n.t('No container is running.'),
    });
    for (const { id, name } of chosen?.items ?? []) {
      terminals.open({ name: l10n.t('{0} (processes)', name), icon: 'list-tree', args: ['top', id], hold: 'always' });
    }
  };
}

export function showStats(services: Services): Handler<'slipway.containers.stats'> {
  const { terminals, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Show Statistics'),
      placeholder: l10n.t('The containers whose use of the machine to show'),
      many: true,
      suits: isLive,
      none: l10n.t('No container is running.'),
    });
    const [first, ...others] = chosen?.items ?? [];
    if (first === undefined) return;
    const name = others.length === 0 ? l10n.t('{0} (statistics)', first.name) : l10n.t('Statistics');
    const ids = [first, ...others].map(({ id }) => id);
    terminals.open({ name, icon: 'graph', args: ['stats', ...ids], hold: 'failure' });
  };
}
