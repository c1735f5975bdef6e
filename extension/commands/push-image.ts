// slipway.images.push: sends an image to its registry. A name without a registry of its own is asked about first.

import { type Handler } from '../contributions.ts';
import { familiarReference } from '../model/format.ts';
import { referenceProblem } from '../model/reference.ts';
import { type Services } from './services.ts';
import { chooseImages, type ChosenImage } from './targets.ts';
import { transfer } from './transfer.ts';

export function pushImage(services: Services): Handler<'slipway.images.push'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await chooseImages(services, args, {
      title: l10n.t('Push Image'),
      placeholder: l10n.t('The image to push'),
      none: l10n.t('There are no images.'),
    });
    for (const item of chosen?.items ?? []) {
      const reference = hasRegistry(item) ? item.name : await askName(services, item);
      if (reference === undefined) return;
      if (reference !== item.name && reference !== item.label)
        await server.request('slipway/images/tag', { image: item.name, reference });
      await transfer(services, l10n.t('Pushing {0}', familiarReference(reference)), 'slipway/images/push', {
        reference,
      });
      prompts.hint(l10n.t('{0} was pushed', familiarReference(reference)));
    }
  };
}

/** Docker Hub is only what a name means that says nothing else. */
function hasRegistry({ name }: ChosenImage): boolean {
  return name.includes('/') && !name.startsWith('docker.io/') && !name.startsWith('localhost/');
}

function askName({ prompts, l10n }: Services, { name, label }: ChosenImage): Promise<string | undefined> {
  return prompts.input({
    title: l10n.t('Push {0}', label),
    prompt: l10n.t('The name to push it under, with the registry before it; without one, Docker Hub.'),
    placeholder: l10n.t('ghcr.io/owner/name:tag, registry.example:5000/name'),
    value: name.startsWith('sha256:') ? '' : label.replace(/^localhost\//, ''),
    problem: (text) => referenceProblem(text, l10n),
  });
}
