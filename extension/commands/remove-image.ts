// slipway.images.remove: takes references away, and images nobody names any more with them.

import { VIEW, type Handler } from '../contributions.ts';
import { forEach } from './each.ts';
import { type Services } from './services.ts';
import { chooseImages, type ChosenImage } from './targets.ts';

export function removeImage(services: Services): Handler<'slipway.images.remove'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await chooseImages(services, args, {
      title: l10n.t('Remove Image'),
      placeholder: l10n.t('The images to remove'),
      many: true,
      none: l10n.t('There are no images.'),
    });
    if (chosen === undefined) return;
    if (!chosen.confirmed && !(await confirmLoss(services, chosen.items))) return;
    await prompts.progress({ view: VIEW.images }, () =>
      forEach(chosen.items, ({ name }) => server.request('slipway/images/remove', { image: name })),
    );
  };
}

/** Asks only about what can't be pulled again. */
async function confirmLoss({ prompts, l10n }: Services, chosen: readonly ChosenImage[]): Promise<boolean> {
  const lost = chosen.filter(({ image }) => image.repoDigests.length === 0 && image.references.length < 2);
  if (lost.length === 0) return true;
  return prompts.confirm({
    message: l10n.t('Remove {0}?', lost.map(({ label }) => label).join(', ')),
    detail: l10n.t('It was not pulled from a registry, so it can’t be pulled again.'),
    action: l10n.t('Remove'),
  });
}
