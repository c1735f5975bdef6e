// slipway.images.inspect and slipway.containers.inspect: all the server knows, as a read-only JSON document.

import { type Handler } from '../contributions.ts';
import { type Services } from './services.ts';
import { chooseContainers, chooseImages } from './targets.ts';

export function inspectImage(services: Services): Handler<'slipway.images.inspect'> {
  const { documents, l10n } = services;
  return async (...args) => {
    const chosen = await chooseImages(services, args, {
      title: l10n.t('Inspect Image'),
      placeholder: l10n.t('The image to inspect'),
      none: l10n.t('There are no images.'),
    });
    for (const { image, label } of chosen?.items ?? []) {
      await documents.openInspect({ target: { kind: 'image', id: image.id }, name: label });
    }
  };
}

export function inspectContainer(services: Services): Handler<'slipway.containers.inspect'> {
  const { documents, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Inspect Container'),
      placeholder: l10n.t('The container to inspect'),
      none: l10n.t('There are no containers.'),
    });
    for (const { id, name } of chosen?.items ?? []) {
      await documents.openInspect({ target: { kind: 'container', id }, name });
    }
  };
}
