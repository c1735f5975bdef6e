// slipway.images.copyId and slipway.containers.copyId: full ids to the clipboard, one a line.

import { type Handler } from '../contributions.ts';
import { type Services } from './services.ts';
import { chooseContainers, chooseImages } from './targets.ts';

export function copyImageId(services: Services): Handler<'slipway.images.copyId'> {
  const { l10n } = services;
  return async (...args) => {
    const chosen = await chooseImages(services, args, {
      title: l10n.t('Copy Image ID'),
      placeholder: l10n.t('The image whose ID to copy'),
      none: l10n.t('There are no images.'),
    });
    if (chosen !== undefined)
      await copyLines(
        services,
        chosen.items.map(({ image }) => image.id),
      );
  };
}

export function copyContainerId(services: Services): Handler<'slipway.containers.copyId'> {
  const { l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Copy Container ID'),
      placeholder: l10n.t('The container whose ID to copy'),
      none: l10n.t('There are no containers.'),
    });
    if (chosen !== undefined)
      await copyLines(
        services,
        chosen.items.map(({ id }) => id),
      );
  };
}

/** Each once, one a line. */
export async function copyLines({ prompts, l10n }: Services, texts: readonly string[]): Promise<void> {
  await prompts.copy([...new Set(texts)].join('\n'));
  prompts.hint(l10n.t('Copied'));
}
