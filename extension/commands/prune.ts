// slipway.images.prune and slipway.containers.prune: takes away what nobody uses, after one question that says what and how much.

import { type ImageUsage } from '../../runtime-server/protocol/housekeeping.ts';
import { type Localizer } from '../base/localize.ts';
import { VIEW, type Handler } from '../contributions.ts';
import { familiarReference, formatSize, shortId } from '../model/format.ts';
import { type Services } from './services.ts';

export function pruneImages(services: Services): Handler<'slipway.images.prune'> {
  const { server, prompts, l10n } = services;
  return async () => {
    const { images } = await server.request('slipway/system/usage', {});
    const unused = images.filter(({ containers }) => containers === 0);
    const untagged = unused.filter(({ references }) => references.length === 0);
    if (unused.length === 0) {
      prompts.inform(l10n.t('Every image has a container.'));
      return;
    }
    const title = l10n.t('Remove Unused Images');
    const item = (label: string, chosen: readonly ImageUsage[], all: boolean) => ({
      label,
      description: described(chosen, l10n),
      value: { chosen, all },
    });
    const [picked] =
      (await prompts.pick({
        title,
        placeholder: l10n.t('Which images to remove'),
        many: false,
        items: [
          item(l10n.t('Images without a tag'), untagged, false),
          item(l10n.t('All images without a container'), unused, true),
        ].filter(({ value }) => value.chosen.length > 0),
      })) ?? [];
    if (picked === undefined) return;
    if (!(await sure(services, title, picked.chosen.map(nameOf)))) return;
    const { freed } = await prompts.progress({ view: VIEW.images }, () =>
      server.request('slipway/images/prune', { all: picked.all }),
    );
    prompts.hint(l10n.t('{0} freed', formatSize(freed, l10n)));
  };
}

export function pruneContainers(services: Services): Handler<'slipway.containers.prune'> {
  const { server, model, prompts, l10n } = services;
  return async () => {
    await model.ready();
    const stopped = model.containers.all().filter(({ state }) => state !== 'running' && state !== 'paused');
    if (stopped.length === 0) {
      prompts.inform(l10n.t('There are no stopped containers.'));
      return;
    }
    const names = stopped.map(({ name }) => name);
    if (!(await sure(services, l10n.t('Remove Stopped Containers'), names))) return;
    const { freed } = await prompts.progress({ view: VIEW.containers }, () =>
      server.request('slipway/containers/prune', {}),
    );
    prompts.hint(l10n.t('{0} freed', formatSize(freed, l10n)));
  };
}

function described(images: readonly ImageUsage[], l10n: Localizer): string {
  const size = formatSize(ownSize(images), l10n);
  return images.length === 1 ? l10n.t('one image, {0}', size) : l10n.t('{0} images, {1}', images.length, size);
}

/** At least so much is free afterwards: what other images share stays. */
function ownSize(images: readonly ImageUsage[]): number {
  return images.reduce((total, { size, sharedSize }) => total + size - sharedSize, 0);
}

function nameOf({ id, references }: ImageUsage): string {
  return references.length === 0 ? shortId(id) : references.map(familiarReference).join(', ');
}

const SHOWN = 10;

/** One question about all of them. */
export function sure({ prompts, l10n }: Services, action: string, names: readonly string[]): Promise<boolean> {
  const more = names.length > SHOWN ? `\n${l10n.t('and {0} more', names.length - SHOWN)}` : '';
  return prompts.confirm({
    message: names.length === 1 ? l10n.t('Remove {0}?', names[0] ?? '') : l10n.t('Remove these {0}?', names.length),
    detail: `${names.slice(0, SHOWN).join('\n')}${more}`,
    action,
  });
}
