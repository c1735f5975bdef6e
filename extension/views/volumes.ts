// The Volumes view's rows: named ones by name, then those that nobody has named. Pure.

import { type Localizer } from '../base/localize.ts';
import { type VolumeTarget } from '../contributions.ts';
import { formatTime, shortId } from '../model/format.ts';
import { type ReadableModel, type VolumeItem } from '../model/model.ts';
import { volumeContextValue } from './context-value.ts';
import { type Row, type TooltipLine } from './row.ts';

/** The rows in the order of the view. */
export function volumeTargets(model: ReadableModel): readonly VolumeTarget[] {
  return [...model.volumes.all()]
    .sort((a, b) => Number(a.anonymous) - Number(b.anonymous) || a.name.localeCompare(b.name))
    .map(({ id }) => ({ kind: 'volume', id }));
}

/** What people see of a name: all of it, or its first digits where nobody has given it. */
export const volumeLabel = ({ name, anonymous }: VolumeItem): string => (anonymous ? shortId(name) : name);

/** `containers`: names of those that have it. */
export function volumeRow(volume: VolumeItem, containers: readonly string[], l10n: Localizer): Row {
  const inUse = containers.length > 0;
  const label = volumeLabel(volume);
  const use = inUse ? l10n.t('in use by {0}', containers.join(', ')) : l10n.t('not used');
  return {
    id: `volume:${volume.id}`,
    label,
    description: volume.anonymous ? `${l10n.t('anonymous')} · ${use}` : use,
    icon: inUse ? { name: 'database', color: 'charts.blue' } : { name: 'database' },
    contextValue: volumeContextValue({ inUse }),
    accessibilityLabel: l10n.t('Volume {0}, {1}', label, use),
  };
}

/** Lines of the tooltip: asked for when the pointer rests on the row. */
export function volumeTooltip(
  volume: VolumeItem,
  containers: readonly string[],
  l10n: Localizer,
): readonly TooltipLine[] {
  const pairs = (words: Readonly<Record<string, string>>): string =>
    Object.entries(words)
      .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
      .join(', ');
  return [
    [l10n.t('Name'), volume.name],
    [l10n.t('Containers'), containers.join(', ')],
    [l10n.t('Created'), formatTime(volume.created, l10n)],
    [l10n.t('Options'), pairs(volume.options)],
    [l10n.t('Labels'), pairs(volume.labels)],
    [l10n.t('Files'), volume.mountpoint],
  ];
}
