// The Containers view's rows: the newest first. Pure.

import { type ContainerState, type ContainerSummary, type HealthStatus } from '../../runtime-server/protocol/models.ts';
import { type Localizer } from '../base/localize.ts';
import { type ContainerTarget } from '../contributions.ts';
import { formatTime, shortId } from '../model/format.ts';
import { type ReadableModel } from '../model/model.ts';
import { containerContextValue } from './context-value.ts';
import { type Row, type RowIcon, type TooltipLine } from './row.ts';

/** The rows in the order of the view. A container keeps its place when it starts or stops: rows must not jump under the pointer. */
export function containerTargets(model: ReadableModel): readonly ContainerTarget[] {
  return [...model.containers.all()]
    .sort((a, b) => Date.parse(b.created) - Date.parse(a.created) || a.name.localeCompare(b.name))
    .map(({ id }) => ({ kind: 'container', id }));
}

export function containerRow(container: ContainerSummary, l10n: Localizer): Row {
  const state = stateText(container, l10n);
  return {
    id: `container:${container.id}`,
    label: container.name,
    description: `${state} · ${container.image}`,
    icon: stateIcon(container),
    contextValue: containerContextValue(container),
    accessibilityLabel: l10n.t('Container {0}, image {1}, {2}', container.name, container.image, state),
  };
}

/** Lines of the tooltip: asked for when the pointer rests on the row. */
export function containerTooltip(container: ContainerSummary, l10n: Localizer): readonly TooltipLine[] {
  const time = (value: string | undefined): string => (value === undefined ? '' : formatTime(value, l10n));
  return [
    [l10n.t('Name'), container.name],
    [l10n.t('Container ID'), shortId(container.id)],
    [l10n.t('Image'), container.image],
    [l10n.t('State'), stateText(container, l10n)],
    [l10n.t('Command'), container.command.join(' ')],
    [l10n.t('Created'), time(container.created)],
    [l10n.t('Started'), time(container.startedAt)],
    [l10n.t('Finished'), hasProcesses(container) ? '' : time(container.finishedAt)],
    [l10n.t('Last failure'), container.error ?? ''],
  ];
}

/** The state in words that stay true while nothing happens (`Up 3 minutes` would not). */
export function stateText(container: ContainerSummary, l10n: Localizer): string {
  switch (container.state) {
    case 'created':
      return container.error === undefined ? l10n.t('created') : l10n.t('failed to start');
    case 'running':
      return healthText(container, l10n);
    case 'paused':
      return l10n.t('paused');
    case 'restarting':
      return l10n.t('restarting ({0})', container.exitCode ?? '');
    case 'removing':
      return l10n.t('being removed');
    case 'exited':
      return container.exitCode === undefined ? l10n.t('exited') : l10n.t('exited ({0})', container.exitCode);
    case 'dead':
      return l10n.t('dead');
  }
}

function healthText({ health }: ContainerSummary, l10n: Localizer): string {
  if (health === undefined) return l10n.t('running');
  switch (health) {
    case 'starting':
      return l10n.t('running, health not known yet');
    case 'healthy':
      return l10n.t('running, healthy');
    case 'unhealthy':
      return l10n.t('running, unhealthy');
  }
}

const hasProcesses = ({ state }: ContainerSummary): boolean => state === 'running' || state === 'paused';

/** True for a container that has processes, paused or not, or will have them again by itself. */
export const isActive = (container: ContainerSummary): boolean =>
  hasProcesses(container) || container.state === 'restarting';

const STATE_ICONS: Readonly<Record<ContainerState, RowIcon>> = {
  created: { name: 'vm' },
  running: { name: 'vm-running', color: 'charts.green' },
  paused: { name: 'debug-pause', color: 'charts.yellow' },
  restarting: { name: 'sync', color: 'charts.yellow' },
  removing: { name: 'trash' },
  exited: { name: 'vm-outline' },
  dead: { name: 'error', color: 'errorForeground' },
};

const HEALTH_ICONS: Readonly<Record<HealthStatus, RowIcon>> = {
  starting: { name: 'vm-running', color: 'charts.yellow' },
  healthy: STATE_ICONS.running,
  unhealthy: { name: 'warning', color: 'list.warningForeground' },
};

function stateIcon(container: ContainerSummary): RowIcon {
  const failed = container.state === 'created' && container.error !== undefined;
  if (container.state === 'running' && container.health !== undefined) return HEALTH_ICONS[container.health];
  return failed ? STATE_ICONS.dead : STATE_ICONS[container.state];
}
