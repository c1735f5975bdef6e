// The fields of a volume in `--format` (docker/cli, formatter/volume.go), the table that they are shown in, and its filters. Pure.

import type { VolumeUsage } from '../../../../protocol/housekeeping.ts';
import type { VolumeSummary } from '../../../../protocol/mounts.ts';
import { hasLabels } from '../../../oci/filter.ts';
import { gatherFilters, parseBoolean } from '../filters.ts';
import { humanSize, printable } from '../format.ts';
import type { Listing } from '../formatter.ts';
import { Fields } from '../template/values.ts';
import { matching } from './container-filters.ts';
import { labelsText } from './container-rows.ts';

export const VOLUMES: Listing = {
  type: '*formatter.volumeContext',
  headers: {
    Name: 'VOLUME NAME',
    Driver: 'DRIVER',
    Scope: 'SCOPE',
    Mountpoint: 'MOUNTPOINT',
    Labels: 'LABELS',
    Links: 'LINKS',
    Size: 'SIZE',
    Availability: 'AVAILABILITY',
    Group: 'GROUP',
    Status: 'STATUS',
  },
};

/** The template behind `table`, `raw` and no format; other ones as they are. */
export function volumeTable(format: string | undefined): string {
  if (format === undefined || format === '' || format === 'table') return 'table {{.Driver}}\\t{{.Name}}';
  return format === 'raw' ? 'name: {{.Name}}\\ndriver: {{.Driver}}\\n' : format;
}

/** `usage`: where it was measured. */
export function volumeRow(volume: VolumeSummary, usage?: VolumeUsage): Fields {
  const { name, driver, labels, mountpoint } = volume;
  return new Fields(VOLUMES.type, {
    Name: () => name,
    Driver: () => driver,
    Scope: () => 'local',
    Mountpoint: () => mountpoint,
    Labels: () => printable(labelsText(labels)),
    Label: (key) => (typeof key === 'string' && Object.hasOwn(labels, key) ? printable(labels[key] ?? '') : ''),
    Links: () => (usage === undefined ? 'N/A' : String(usage.containers)),
    Size: () => (usage === undefined ? 'N/A' : humanSize(usage.size)),
    Availability: () => 'N/A',
    Group: () => 'N/A',
    Status: () => 'N/A',
  });
}

/** `volume ls --filter`: values of one key: any of them, but all labels; of several keys: all of them. */
export function volumeFilter(texts: readonly string[]): (volume: VolumeSummary) => boolean {
  const filters = gatherFilters(texts, ['dangling', 'driver', 'label', 'name'], 'volume ls');
  const dangling = filters.get('dangling')?.map((value) => parseBoolean(`dangling=${value}`, value));
  const names = filters.get('name')?.map((value) => matching<VolumeSummary>(value, ({ name }) => name, 'volume ls'));
  const any = (key: string, fits: (value: string) => boolean): boolean => filters.get(key)?.some(fits) ?? true;
  return (volume) =>
    (dangling?.includes(volume.containers.length === 0) ?? true) &&
    any('driver', (value) => value === volume.driver) &&
    (names?.some((suits) => suits(volume)) ?? true) &&
    hasLabels(volume.labels, { labels: filters.get('label') ?? [] });
}
