// What the three views show and when: the selectors between the model and the generic tree. Pure.

import { Emitter, type Disposable, type Event } from '../base/emitter.ts';
import { type Localizer } from '../base/localize.ts';
import { type ContainerTarget, type ImageTarget, type Target, type VolumeTarget } from '../contributions.ts';
import { type ReadableModel } from '../model/model.ts';
import { Usage } from '../model/usage.ts';
import { containerRow, containerTargets, containerTooltip } from './containers.ts';
import { imageRow, imageTargets, imageTooltip, targetsOf, type ImageContext } from './images.ts';
import { type Row, type TooltipLine } from './row.ts';
import { volumeRow, volumeTargets, volumeTooltip } from './volumes.ts';

/** The rows of one view. */
export interface RowSource<T extends Target> extends Disposable {
  targets(): readonly T[];
  /** Undefined when the object has gone in the meantime. */
  row(target: T): Row | undefined;
  tooltip(target: T): readonly TooltipLine[];
  /** Rows that look different now; undefined: rows came or went. */
  readonly onDidChange: Event<readonly T[] | undefined>;
}

export interface SourceOptions {
  readonly model: ReadableModel;
  readonly l10n: Localizer;
}

export function containerSource({ model, l10n }: SourceOptions): RowSource<ContainerTarget> {
  const changes = new Emitter<readonly ContainerTarget[] | undefined>();
  const subscription = model.containers.onDidChange(({ ids, membership }) => {
    changes.fire(membership ? undefined : ids?.map((id) => ({ kind: 'container', id })));
  });
  return {
    targets: () => containerTargets(model),
    row({ id }) {
      const container = model.containers.get(id);
      return container === undefined ? undefined : containerRow(container, l10n);
    },
    tooltip({ id }) {
      const container = model.containers.get(id);
      return container === undefined ? [] : containerTooltip(container, l10n);
    },
    onDidChange: changes.event,
    dispose() {
      subscription.dispose();
      changes.dispose();
    },
  };
}

export function imageSource({
  model,
  l10n,
  now,
}: SourceOptions & { readonly now: () => number }): RowSource<ImageTarget> {
  const changes = new Emitter<readonly ImageTarget[] | undefined>();
  const usage = new Usage(model.containers, ({ imageId }) => [imageId]);
  /** By image id, the containers' names that its rows were last drawn with. */
  const drawn = new Map<string, string>();
  const usedBy = (id: string): string => usage.names(id).join('\n');

  const subscriptions = [
    // A change of an image is a tag that came or went: the rows themselves differ.
    model.images.onDidChange(() => {
      changes.fire(undefined);
    }),
    model.containers.onDidChange(() => {
      const stale = model.images.all().filter(({ id }) => (drawn.get(id) ?? '') !== usedBy(id));
      if (stale.length > 0) changes.fire(stale.flatMap((image) => targetsOf(image)));
    }),
  ];
  const context = ({ id, reference }: ImageTarget): ImageContext => ({
    reference,
    containers: usage.names(id),
    now: now(),
    l10n,
  });
  return {
    targets: () => imageTargets(model),
    row(target) {
      const image = model.images.get(target.id);
      if (image === undefined) return undefined;
      drawn.set(image.id, usedBy(image.id));
      return imageRow(image, context(target));
    },
    tooltip(target) {
      const image = model.images.get(target.id);
      return image === undefined ? [] : imageTooltip(image, context(target));
    },
    onDidChange: changes.event,
    dispose() {
      for (const subscription of subscriptions) subscription.dispose();
      usage.dispose();
      changes.dispose();
    },
  };
}

export function volumeSource({ model, l10n }: SourceOptions): RowSource<VolumeTarget> {
  const changes = new Emitter<readonly VolumeTarget[] | undefined>();
  const usage = new Usage(model.containers, ({ volumes = [] }) => volumes);
  /** By name, the containers that its row was last drawn with. */
  const drawn = new Map<string, string>();
  const usedBy = (id: string): string => usage.names(id).join('\n');
  const subscriptions = [
    model.volumes.onDidChange(() => {
      changes.fire(undefined);
    }),
    model.containers.onDidChange(() => {
      const stale = model.volumes.all().filter(({ id }) => (drawn.get(id) ?? '') !== usedBy(id));
      if (stale.length > 0) changes.fire(stale.map(({ id }) => ({ kind: 'volume', id })));
    }),
  ];
  return {
    targets: () => volumeTargets(model),
    row({ id }) {
      const volume = model.volumes.get(id);
      if (volume === undefined) return undefined;
      drawn.set(id, usedBy(id));
      return volumeRow(volume, usage.names(id), l10n);
    },
    tooltip({ id }) {
      const volume = model.volumes.get(id);
      return volume === undefined ? [] : volumeTooltip(volume, usage.names(id), l10n);
    },
    onDidChange: changes.event,
    dispose() {
      for (const subscription of subscriptions) subscription.dispose();
      usage.dispose();
      changes.dispose();
    },
  };
}

/** One string per row, equal for equal targets. */
export function targetKey(target: Target): string {
  return target.kind === 'image' ? `image:${target.id}:${target.reference ?? ''}` : `${target.kind}:${target.id}`;
}
