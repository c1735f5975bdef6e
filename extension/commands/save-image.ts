// slipway.images.save: the selected images as one archive in a file that the person chooses.

import { type Handler } from '../contributions.ts';
import { requestArchive } from './archive-request.ts';
import { type Services } from './services.ts';
import { chooseImages } from './targets.ts';

export function saveImage(services: Services): Handler<'slipway.images.save'> {
  const { prompts, l10n } = services;
  return async (...args) => {
    const chosen = await chooseImages(services, args, {
      title: l10n.t('Save Image'),
      placeholder: l10n.t('The images to save in one archive'),
      many: true,
      none: l10n.t('There are no images.'),
    });
    const items = chosen?.items ?? [];
    const [first] = items;
    if (first === undefined) return;
    const file = await prompts.saveFile({
      title: l10n.t('Save Image'),
      name: `${first.label.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}.tar`,
    });
    if (file === undefined) return;
    const title = items.length === 1 ? l10n.t('Saving {0}', first.label) : l10n.t('Saving {0} images', items.length);
    await requestArchive(services, title, 'slipway/images/save', { images: items.map(({ name }) => name), file });
    prompts.hint(l10n.t('Saved in {0}', file));
  };
}
