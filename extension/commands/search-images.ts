// slipway.images.search: suggests what a registry has while it is typed, and pulls what is chosen.

import { type SearchHit } from '../../runtime-server/protocol/methods.ts';
import { type Handler } from '../contributions.ts';
import { pullImage } from './pull-image.ts';
import { type PickItem, type Services } from './services.ts';

/** Rows beyond these nobody reads while typing. */
const LIMIT = 25;

export function searchImages(services: Services): Handler<'slipway.images.search'> {
  const { server, prompts, l10n } = services;
  const pull = pullImage(services);
  return async () => {
    const chosen = await prompts.suggest({
      title: l10n.t('Search Images'),
      placeholder: l10n.t('Docker Hub’s images; or registry.example:5000/…; a colon for tags'),
      suggestions: async (term, signal) => {
        const found = await server.request('slipway/registries/search', { term, limit: LIMIT }, { signal });
        return found.map((hit) => itemOf(hit));
      },
    });
    if (chosen !== undefined) await pull(chosen);
  };
}

function itemOf({ name, description, stars, official }: SearchHit): PickItem<string> {
  const parts = [official ? '$(verified-filled)' : '', stars > 0 ? `$(star-full) ${stars}` : '', description];
  return { label: name, description: parts.filter((part) => part !== '').join(' '), value: name };
}
