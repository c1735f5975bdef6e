// What the two views show and when: the selectors between the model and the generic tree. Pure.

import { Emitter, type Disposable, type Event } from '../base/emitter.ts';
import { type Localizer } from '../base/localize.ts';
import { type ContainerTarget, type ImageTarget, type Target } from '../contributions.ts';
import { type ReadableModel } from '../model/model.ts';
import { ImageUsage } from '../model/usage.ts';
import { containerRow, containerTargets, containerTooltip } from './containers.ts';
import { imageRow, imageTargets, imageTooltip, targetsOf, type ImageContext } from './images.ts';
import { type Row, type TooltipLine } from './row.ts';

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
  const usage = new ImageUsage(model.containers);
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

/** One string per row, equal for equal targets. */
export function targetKey(target: Target): string {
  return target.kind === 'image' ? `image:${target.id}:${target.reference ?? ''}` : `container:${target.id}`;
}
