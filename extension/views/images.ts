// The Images view's rows: one per reference, as `docker images` lists them; dangling images last. Pure.

import { type ImageSummary } from '../../runtime-server/protocol/models.ts';
import { type Localizer } from '../base/localize.ts';
import { type ImageTarget } from '../contributions.ts';
import { familiarReference, formatAge, formatSize, formatTime, shortId } from '../model/format.ts';
import { type ReadableModel } from '../model/model.ts';
import { imageContextValue } from './context-value.ts';
import { type Row, type TooltipLine } from './row.ts';

/** What a row shows beyond the image itself. */
export interface ImageContext {
  readonly reference: string | undefined;
  /** Names of the containers that are made from it. */
  readonly containers: readonly string[];
  readonly now: number;
  readonly l10n: Localizer;
}

/** The rows in the order of the view: by name, dangling images last. */
export function imageTargets(model: ReadableModel): readonly ImageTarget[] {
  const rows = model.images.all().flatMap((image) => targetsOf(image));
  return rows.sort((a, b) => (a.reference === undefined ? 1 : b.reference === undefined ? -1 : compareNames(a, b)));
}

/** The rows of one image. */
export function targetsOf(image: ImageSummary): ImageTarget[] {
  if (image.references.length === 0) return [{ kind: 'image', id: image.id }];
  return image.references.map((reference) => ({ kind: 'image', id: image.id, reference }));
}

export function imageRow(image: ImageSummary, context: ImageContext): Row {
  const { reference, containers, l10n } = context;
  const inUse = containers.length > 0;
  const label = imageLabel(image, reference, l10n);
  const details = [formatSize(image.size, l10n), formatAge(image.created, context.now, l10n)];
  const shown = details.filter((part) => part !== undefined);
  return {
    id: `image:${image.id}:${reference ?? ''}`,
    label,
    description: shown.join(' · '),
    icon: inUse ? { name: 'layers-active', color: 'charts.blue' } : { name: 'layers' },
    contextValue: imageContextValue({ inUse, dangling: reference === undefined }),
    accessibilityLabel: [
      l10n.t('Image {0}', label),
      ...shown,
      ...(inUse ? [l10n.t('in use by {0}', containers.join(', '))] : []),
    ].join(', '),
  };
}

/** Lines of the tooltip: asked for when the pointer rests on the row. */
export function imageTooltip(image: ImageSummary, context: ImageContext): readonly TooltipLine[] {
  const { l10n } = context;
  const platform = [image.os, image.architecture, image.variant].filter((part) => part !== undefined).join('/');
  const created = formatAge(image.created, context.now, l10n) === undefined ? undefined : image.created;
  return [
    [l10n.t('References'), image.references.map(familiarReference).join(', ')],
    [l10n.t('Image ID'), shortId(image.id)],
    [l10n.t('Digest'), image.repoDigests.map(familiarReference).join(', ')],
    [l10n.t('Size'), formatSize(image.size, l10n)],
    [l10n.t('Platform'), platform],
    [l10n.t('Created'), created === undefined ? '' : formatTime(created, l10n)],
    [l10n.t('Containers'), context.containers.join(', ')],
  ];
}

function imageLabel(image: ImageSummary, reference: string | undefined, l10n: Localizer): string {
  if (reference !== undefined) return familiarReference(reference);
  const [digest] = image.repoDigests;
  const repository = digest === undefined ? undefined : familiarReference(digest.split('@', 1)[0] ?? digest);
  return repository === undefined ? l10n.t('<none> {0}', shortId(image.id)) : `${repository}@${shortId(image.id)}`;
}

function compareNames(a: ImageTarget, b: ImageTarget): number {
  return familiarReference(a.reference ?? '').localeCompare(familiarReference(b.reference ?? ''));
}
