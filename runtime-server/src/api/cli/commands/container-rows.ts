// The fields of a container in `--format` (docker/cli, formatter/container.go) and the table that they are shown in. Pure.

import type { ContainerSummary } from '../../../../protocol/models.ts';
import type { ContainerRecord } from '../../../containers/record.ts';
import { ago } from '../../../containers/status.ts';
import { mountPoints } from '../../../containers/mount-points.ts';
import type { ContainerSize } from '../../../engine/housekeeping.ts';
import { commandColumn, ellipsis, humanSize, printable, shortId } from '../format.ts';
import type { Listing } from '../formatter.ts';
import { goTime } from '../times.ts';
import { Fields } from '../template/values.ts';

export interface ContainerEntry {
  readonly summary: ContainerSummary;
  readonly record: ContainerRecord;
  /** Where it was asked for. */
  readonly size?: ContainerSize;
}

export const CONTAINERS: Listing = {
  type: '*formatter.ContainerContext',
  headers: {
    ID: 'CONTAINER ID',
    Names: 'NAMES',
    Image: 'IMAGE',
    Command: 'COMMAND',
    CreatedAt: 'CREATED AT',
    RunningFor: 'CREATED',
    Ports: 'PORTS',
    State: 'STATE',
    Status: 'STATUS',
    Size: 'SIZE',
    Labels: 'LABELS',
    Mounts: 'MOUNTS',
    LocalVolumes: 'LOCAL VOLUMES',
    Networks: 'NETWORKS',
    Platform: 'PLATFORM',
  },
};

const TABLE = 'table {{.ID}}\\t{{.Image}}\\t{{.Command}}\\t{{.RunningFor}}\\t{{.Status}}\\t{{.Ports}}\\t{{.Names}}';
const RAW = [
  ...['container_id: {{.ID}}', 'image: {{.Image}}', 'command: {{.Command}}', 'created_at: {{.CreatedAt}}'],
  ...['state: {{- pad .State 1 0}}', 'status: {{- pad .Status 1 0}}', 'names: {{.Names}}'],
  ...['labels: {{- pad .Labels 1 0}}', 'ports: {{- pad .Ports 1 0}}'],
].join('\\n');

/** The template behind `table`, `raw` and no format; other ones as they are. */
export function containerTable(format: string | undefined, size: boolean): string {
  if (format === undefined || format === '' || format === 'table') return size ? `${TABLE}\\t{{.Size}}` : TABLE;
  return format === 'raw' ? `${RAW}${size ? '\\nsize: {{.Size}}' : ''}\\n` : format;
}

/** `whole`: nothing is cut (`--no-trunc`). */
export function containerRow(
  { summary, record, size }: ContainerEntry,
  { whole, now }: { readonly whole: boolean; readonly now: Date },
): Fields {
  const { labels, network } = record.config;
  return new Fields(CONTAINERS.type, {
    ID: () => (whole ? summary.id : shortId(summary.id)),
    Names: () => summary.name,
    Image: () => printable(summary.image),
    Command: () => commandColumn(summary.command, whole),
    CreatedAt: () => goTime(summary.created),
    RunningFor: () => ago(summary.created, now),
    Ports: () => '',
    State: () => summary.state,
    Status: () => summary.status,
    Size: () => sizeText(size),
    Labels: () => printable(labelsText(labels)),
    Label: (name) => (typeof name === 'string' && Object.hasOwn(labels, name) ? printable(labels[name] ?? '') : ''),
    Mounts: () => mountsText(record, whole),
    LocalVolumes: () => String(mountPoints(record.config).filter(({ type }) => type === 'volume').length),
    Networks: () => (network === 'default' ? 'none' : network),
    Platform: () => null,
  });
}

/** Sorted, as docker prints a map. */
export const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key] ?? ''}`)
    .join(',');

function sizeText(size: ContainerSize | undefined): string {
  if (size === undefined) return '0B';
  const written = humanSize(size.written);
  return size.whole === 0 ? written : `${written} (virtual ${humanSize(size.whole)})`;
}

function mountsText({ config }: ContainerRecord, whole: boolean): string {
  const names = mountPoints(config).flatMap(({ name, source }) => printable(name ?? source ?? '') || []);
  return names.map((name) => (whole ? name : ellipsis(name, 15))).join(',');
}
