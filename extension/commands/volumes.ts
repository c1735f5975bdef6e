// slipway.volumes.*: volumes made, looked at and taken away, after a modal question where files go with them.

import { VIEW, type Handler } from '../contributions.ts';
import { formatSize } from '../model/format.ts';
import { type VolumeItem } from '../model/model.ts';
import { volumeLabel } from '../views/volumes.ts';
import { copyLines } from './copy-id.ts';
import { forEach } from './each.ts';
import { sure } from './prune.ts';
import { nameProblem } from './rename-container.ts';
import { type Services } from './services.ts';
import { chooseVolumes } from './targets.ts';

export function createVolume({ server, prompts, views, l10n }: Services): Handler<'slipway.volumes.create'> {
  return async () => {
    const name = await prompts.input({
      title: l10n.t('Create Volume'),
      prompt: l10n.t('The name of the volume.'),
      placeholder: 'data',
      value: '',
      problem: (text) => nameProblem(text, l10n),
    });
    if (name === undefined) return;
    await prompts.progress({ view: VIEW.volumes }, () => server.request('slipway/volumes/create', { name }));
    await views.reveal({ kind: 'volume', id: name });
  };
}

export function inspectVolume(services: Services): Handler<'slipway.volumes.inspect'> {
  const { documents, l10n } = services;
  return async (...args) => {
    const chosen = await chooseVolumes(services, args, {
      title: l10n.t('Inspect Volume'),
      placeholder: l10n.t('The volume to inspect'),
      none: l10n.t('There are no volumes.'),
    });
    for (const volume of chosen?.items ?? [])
      await documents.openInspect({ target: { kind: 'volume', id: volume.id }, name: volumeLabel(volume) });
  };
}

export function copyVolumeName(services: Services): Handler<'slipway.volumes.copyName'> {
  const { l10n } = services;
  return async (...args) => {
    const chosen = await chooseVolumes(services, args, {
      title: l10n.t('Copy Volume Name'),
      placeholder: l10n.t('The volume whose name to copy'),
      none: l10n.t('There are no volumes.'),
    });
    if (chosen === undefined) return;
    const names = chosen.items.map(({ name }) => name);
    await copyLines(services, names);
  };
}

export function removeVolume(services: Services): Handler<'slipway.volumes.remove'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await chooseVolumes(services, args, {
      title: l10n.t('Remove Volume'),
      placeholder: l10n.t('The volumes to remove'),
      many: true,
      suits: (volume) => !isUsed(services, volume),
      none: l10n.t('There are no unused volumes.'),
    });
    if (chosen === undefined) return;
    if (!chosen.confirmed && !(await confirm(services, chosen.items))) return;
    await prompts.progress({ view: VIEW.volumes }, () =>
      forEach(chosen.items, ({ name }) => server.request('slipway/volumes/remove', { name })),
    );
  };
}

export function pruneVolumes(services: Services): Handler<'slipway.volumes.prune'> {
  const { server, model, prompts, l10n } = services;
  return async () => {
    await model.ready();
    const unused = model.volumes.all().filter((volume) => !isUsed(services, volume));
    const anonymous = unused.filter((volume) => volume.anonymous);
    if (unused.length === 0) {
      prompts.inform(l10n.t('There are no unused volumes.'));
      return;
    }
    const title = l10n.t('Remove Unused Volumes');
    const items = [
      { label: l10n.t('Volumes without a name'), volumes: anonymous, all: false },
      { label: l10n.t('All volumes without a container'), volumes: unused, all: true },
    ].filter(({ volumes }) => volumes.length > 0);
    const [picked] =
      (await prompts.pick({
        title,
        placeholder: l10n.t('Which volumes to remove'),
        many: false,
        items: items.map((item) => ({ label: item.label, description: String(item.volumes.length), value: item })),
      })) ?? [];
    if (picked === undefined || !(await sure(services, title, picked.volumes.map(volumeLabel)))) return;
    const { freed } = await prompts.progress({ view: VIEW.volumes }, () =>
      server.request('slipway/volumes/prune', { all: picked.all }),
    );
    prompts.hint(l10n.t('{0} freed', formatSize(freed, l10n)));
  };
}

const isUsed = ({ model }: Services, { name }: VolumeItem): boolean =>
  model.containers.all().some(({ volumes = [] }) => volumes.includes(name));

function confirm({ prompts, l10n }: Services, volumes: readonly VolumeItem[]): Promise<boolean> {
  return prompts.confirm({
    message: l10n.t('Remove {0}?', volumes.map(volumeLabel).join(', ')),
    detail: l10n.t('The files in it are deleted.'),
    action: l10n.t('Remove'),
  });
}
