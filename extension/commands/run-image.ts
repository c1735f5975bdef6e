// slipway.images.run: creates a container from an image and starts it in the background.

import { VIEW, type Handler } from '../contributions.ts';
import { askImages } from './run-targets.ts';
import { forEach } from './each.ts';
import { type Services } from './services.ts';

export function runImage(services: Services): Handler<'slipway.images.run'> {
  const { server, prompts, views, l10n } = services;
  return async (...args) => {
    const chosen = await askImages(services, args, l10n.t('Run Image'));
    if (chosen === undefined) return;
    await prompts.progress({ view: VIEW.containers }, () =>
      forEach(chosen, async ({ name }) => {
        const { id } = await server.request('slipway/containers/create', { image: name });
        await views.reveal({ kind: 'container', id });
        await server.request('slipway/containers/start', { container: id });
      }),
    );
  };
}
