// slipway.containers.rename: asks for another name of a container.

import { type Localizer } from '../base/localize.ts';
import { VIEW, type Handler } from '../contributions.ts';
import { type Services } from './services.ts';
import { chooseContainers } from './targets.ts';

export function renameContainer(services: Services): Handler<'slipway.containers.rename'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Rename Container'),
      placeholder: l10n.t('The container to rename'),
      suits: ({ state }) => state !== 'dead' && state !== 'removing',
      none: l10n.t('There are no containers.'),
    });
    for (const { id, name: old } of chosen?.items ?? []) {
      const name = await prompts.input({
        title: l10n.t('Rename {0}', old),
        prompt: l10n.t('The new name of the container.'),
        placeholder: old,
        value: old,
        problem: (text) => nameProblem(text, l10n),
      });
      if (name === undefined || name === old) return;
      await prompts.progress({ view: VIEW.containers }, () =>
        server.request('slipway/containers/rename', { container: id, name }),
      );
    }
  };
}

/** Docker's grammar; the server looks at it again. */
export function nameProblem(text: string, l10n: Localizer): string | undefined {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(text)) return undefined;
  return l10n.t('A name has letters, digits and _ . - only, at least two, the first a letter or digit.');
}
