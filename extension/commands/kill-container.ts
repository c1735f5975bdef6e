// slipway.containers.kill: sends containers a signal that the person picks; SIGKILL ends them at once.

import { VIEW, type Handler } from '../contributions.ts';
import { isActive } from '../views/containers.ts';
import { forEach } from './each.ts';
import { type Services } from './services.ts';
import { chooseContainers } from './targets.ts';

const SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

export function killContainer(services: Services): Handler<'slipway.containers.kill'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Send Signal'),
      placeholder: l10n.t('The containers to send a signal to'),
      many: true,
      suits: isActive,
      none: l10n.t('No container is running.'),
    });
    const running = chosen?.items.filter(isActive) ?? [];
    if (running.length === 0) return;
    const [signal] =
      (await prompts.pick({
        title: l10n.t('Send Signal'),
        placeholder: l10n.t('The signal'),
        many: false,
        items: SIGNALS.map((name) => ({
          label: name,
          value: name,
          ...(name === 'SIGKILL' ? { description: l10n.t('ends it at once') } : {}),
        })),
      })) ?? [];
    if (signal === undefined) return;
    await prompts.progress({ view: VIEW.containers }, () =>
      forEach(running, ({ id }) => server.request('slipway/containers/kill', { container: id, signal })),
    );
  };
}
