// slipway.images.load: the images of archives that the person chooses, docker's, podman's or ours.

import { type LoadedName } from '../../runtime-server/protocol/methods.ts';
import { type Handler } from '../contributions.ts';
import { requestArchive } from './archive-request.ts';
import { type Services } from './services.ts';

export function loadImages(services: Services): Handler<'slipway.images.load'> {
  const { prompts, l10n } = services;
  return async () => {
    const files = await prompts.openFiles({ title: l10n.t('Load Images'), action: l10n.t('Load'), many: true });
    let last: LoadedName | undefined;
    let count = 0;
    for (const file of files ?? []) {
      const { images } = await requestArchive(services, l10n.t('Loading {0}', file), 'slipway/images/load', { file });
      count += images.length;
      last = images.at(-1) ?? last;
    }
    if (last === undefined) return;
    await reveal(services, last);
    prompts.hint(count === 1 ? l10n.t('one image loaded') : l10n.t('{0} images loaded', count));
  };
}

/** Shows the row of an image that has just come. */
export async function reveal({ model, views }: Services, { imageId, reference }: LoadedName): Promise<void> {
  await model.ready();
  await views.reveal({ kind: 'image', id: imageId, ...(reference === undefined ? {} : { reference }) });
}
