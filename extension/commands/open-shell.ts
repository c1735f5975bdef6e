// slipway.containers.shell: a terminal with a shell in a running container.

import { type Handler } from '../contributions.ts';
import { type Services } from './services.ts';
import { chooseContainers } from './targets.ts';

/** The best shell that the container has: bash, else ash, else sh. */
const FIRST_SHELL = 'for s in bash ash; do command -v "$s" >/dev/null 2>&1 && exec "$s"; done; exec sh';

export function openShell(services: Services): Handler<'slipway.containers.shell'> {
  const { terminals, settings, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Open Shell'),
      placeholder: l10n.t('The container to work in'),
      suits: ({ state }) => state === 'running',
      none: l10n.t('No container is running.'),
    });
    for (const { id, name } of chosen?.items ?? []) {
      const command = shellCommand(settings.shellProgram());
      terminals.open({ name, icon: 'terminal', args: ['exec', '-it', id, ...command], hold: 'failure' });
    }
  };
}

/** The command of the shell: the one of the settings, else the best that is there. */
export function shellCommand(program: string): readonly string[] {
  return program.trim() === '' ? ['sh', '-c', FIRST_SHELL] : [program.trim()];
}
