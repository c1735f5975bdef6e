// The storage page: what images, containers and blobs take on the disk, and what the last check has found. Markdown; pure.

import { type DiskUsage, type StoreProblem, type StoreReport } from '../../runtime-server/protocol/housekeeping.ts';
import { type ContainerSummary } from '../../runtime-server/protocol/models.ts';
import { type Localizer } from '../base/localize.ts';
import { familiarReference, formatAge, formatSize, shortId } from '../model/format.ts';
import { code, plain } from './markdown.ts';

export interface StoragePage {
  readonly usage: DiskUsage;
  /** For the names behind the ids. */
  readonly containers: readonly ContainerSummary[];
  readonly report: StoreReport | undefined;
  readonly now: number;
}

export function storagePage(page: StoragePage, l10n: Localizer): string {
  const parts = [`# ${l10n.t('Slipway Storage')}`, totals(page.usage, l10n)];
  if (page.report !== undefined) parts.push(...checked(page.report, l10n));
  parts.push(...largest(page, l10n));
  return `${parts.join('\n\n')}\n`;
}

function totals({ images, containers, removed, volumes, layers, blobs }: DiskUsage, l10n: Localizer): string {
  const size = (bytes: number): string => formatSize(bytes, l10n);
  const written = sum(containers);
  const unused = volumes.filter((volume) => volume.containers === 0);
  const idle = sum(containers.filter(({ live }) => !live));
  return table(
    [l10n.t('What'), l10n.t('Number'), l10n.t('Size'), l10n.t('Can be freed')],
    [
      [l10n.t('Images (unpacked layers)'), String(images.length), size(layers.size), size(layers.reclaimable)],
      [l10n.t('Containers (what they have written)'), String(containers.length), size(written), size(idle)],
      [l10n.t('Volumes'), String(volumes.length), size(sum(volumes)), size(sum(unused))],
      [l10n.t('Removed containers'), String(removed.count), size(removed.size), size(removed.size)],
      [l10n.t('Blobs (as the registry sent them)'), String(blobs.count), size(blobs.size), size(blobs.unusedSize)],
    ],
  );
}

const sum = (items: readonly { readonly size: number }[]): number => items.reduce((total, { size }) => total + size, 0);

function checked({ images, blobs, layers, problems }: StoreReport, l10n: Localizer): readonly string[] {
  const looked = l10n.t('{0} images, {1} blobs and {2} layers were looked at.', images, blobs, layers);
  if (problems.length === 0) return [`## ✓ ${l10n.t('Everything is as it should be')}`, looked];
  const left = problems.filter(({ repaired }) => !repaired).length;
  return [
    `## ${left === 0 ? '✓' : '✗'} ${verdict(left, l10n)}`,
    looked,
    ...problems.map((problem) => described(problem, l10n)),
  ];
}

function verdict(left: number, l10n: Localizer): string {
  if (left === 0) return l10n.t('All problems were repaired');
  return left === 1 ? l10n.t('One problem') : l10n.t('{0} problems', left);
}

function described({ kind, digest, images, problem, repaired, fix }: StoreProblem, l10n: Localizer): string {
  const object = plain(`${kind} ${shortId(digest)} (${images.join(', ')}) ${problem}`);
  if (repaired || fix === undefined) return `- ${object}: ${l10n.t('repaired')}`;
  return `- ${object}\n\n${code(fix)}`;
}

function largest({ usage, containers, now }: StoragePage, l10n: Localizer): readonly string[] {
  const parts: string[] = [];
  if (usage.images.length > 0) {
    const head = [l10n.t('Image'), l10n.t('Size'), l10n.t('Shared with others'), l10n.t('Containers'), l10n.t('Made')];
    const rows = bySize(usage.images).map((image) => [
      image.references.map(familiarReference).join(', ') || shortId(image.id),
      formatSize(image.size, l10n),
      formatSize(image.sharedSize, l10n),
      String(image.containers),
      formatAge(image.created, now, l10n) ?? '',
    ]);
    parts.push(`## ${l10n.t('Images')}`, table(head, rows));
  }
  if (usage.containers.length > 0) {
    const names = new Map(containers.map(({ id, name }) => [id, name]));
    const rows = bySize(usage.containers).map(({ id, size }) => [names.get(id) ?? shortId(id), formatSize(size, l10n)]);
    parts.push(`## ${l10n.t('Containers')}`, table([l10n.t('Container'), l10n.t('Has written')], rows));
  }
  if (usage.volumes.length > 0) {
    const rows = bySize(usage.volumes).map((volume) => [
      volume.name,
      formatSize(volume.size, l10n),
      String(volume.containers),
    ]);
    const head = [l10n.t('Volume'), l10n.t('Size'), l10n.t('Containers')];
    parts.push(`## ${l10n.t('Volumes')}`, table(head, rows));
  }
  return parts;
}

function bySize<T extends { readonly size: number }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => b.size - a.size);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  return [
    line(head),
    `|${head.map((_, column) => (column === 0 ? '---' : '---:')).join('|')}|`,
    ...rows.map(line),
  ].join('\n');
}
