// Which images to run: the chosen rows, else a pick of the images here or of one that is pulled first.

import { type ImageTarget } from '../contributions.ts';
import { familiarReference, formatSize } from '../model/format.ts';
import { imageTargets } from '../views/images.ts';
import { askReference, pull } from './pull-image.ts';
import { type Services } from './services.ts';
import { chooseImages, readCall } from './targets.ts';

export interface RunTarget {
  /** What the server is asked to run. */
  readonly name: string;
  readonly label: string;
}

/** Undefined when the person gave up. */
export async function askImages(
  services: Services,
  args: readonly unknown[],
  title: string,
): Promise<readonly RunTarget[] | undefined> {
  const { l10n } = services;
  if (readCall('image', args).from !== 'palette') {
    const chosen = await chooseImages(services, args, { title, placeholder: '', none: '' });
    return chosen?.items;
  }
  await services.model.ready();
  const picked = await services.prompts.pick<ImageTarget | 'pull'>({
    title,
    placeholder: l10n.t('The image to make a container from'),
    many: false,
    items: [
      ...imageTargets(services.model).map((target) => ({
        label: familiarReference(target.reference ?? target.id),
        description: formatSize(services.model.images.get(target.id)?.size ?? 0, l10n),
        value: target,
      })),
      { label: `$(cloud-download) ${l10n.t('Pull another image…')}`, value: 'pull' as const },
    ],
  });
  const [target] = picked ?? [];
  if (target === undefined) return undefined;
  if (target !== 'pull') return [named(target.reference ?? target.id)];
  const reference = await askReference(services);
  return reference === undefined ? undefined : [named((await pull(services, reference)).reference)];
}

function named(name: string): RunTarget {
  return { name, label: familiarReference(name) };
}
