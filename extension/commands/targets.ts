// Which objects a command is about: read from what it was called with, else asked for. Arguments can come from anywhere.

import { type ContainerSummary, type ImageSummary } from '../../runtime-server/protocol/models.ts';
import { CommandError } from '../base/failure.ts';
import { type ContainerTarget, type ImageTarget, type Target, type VolumeTarget } from '../contributions.ts';
import { type VolumeItem } from '../model/model.ts';
import { familiarReference, formatSize, shortId } from '../model/format.ts';
import { imageTargets } from '../views/images.ts';
import { containerTargets, stateText } from '../views/containers.ts';
import { volumeLabel, volumeTargets } from '../views/volumes.ts';
import { type Services } from './services.ts';

/** What a command's arguments say. */
export type Called<T extends Target> =
  | { readonly from: 'rows'; readonly targets: readonly T[]; readonly confirmed: boolean }
  | { readonly from: 'selection' }
  | { readonly from: 'palette' };

/** An image as a command works with it. */
export interface ChosenImage {
  readonly image: ImageSummary;
  /** What to call it by: the row's reference, else its id. */
  readonly name: string;
  /** The same for people. */
  readonly label: string;
}

export interface Chosen<T> {
  readonly items: readonly T[];
  /** The caller has already asked the person. */
  readonly confirmed: boolean;
}

export interface ChooseOptions<T> {
  readonly title: string;
  readonly placeholder: string;
  /** Several may be picked at once. */
  readonly many?: boolean;
  /** Which objects the command makes sense for: only these are offered. */
  readonly suits?: (item: T) => boolean;
  /** What to say when there is nothing to offer. */
  readonly none: string;
}

/** Reads a command's arguments; the row that was clicked counts alone when it is not one of the selected ones. */
export function readCall<K extends Target['kind']>(
  kind: K,
  args: readonly unknown[],
): Called<Extract<Target, { kind: K }>> {
  type T = Extract<Target, { kind: K }>;
  const [first, second] = args;
  if (isSelection(first)) return { from: 'selection' };
  if (!isTarget(first, kind)) return { from: 'palette' };
  const clicked = first as T;
  const selected = Array.isArray(second) ? second.filter((item): item is T => isTarget(item, kind)) : [];
  const targets = selected.some((item) => sameTarget(item, clicked)) ? selected : [clicked];
  return { from: 'rows', targets, confirmed: 'confirmed' in clicked && clicked.confirmed === true };
}

/** The containers that the command is about; undefined when there are none or the person gave up. */
export async function chooseContainers(
  services: Services,
  args: readonly unknown[],
  options: ChooseOptions<ContainerSummary>,
): Promise<Chosen<ContainerSummary> | undefined> {
  const call = readCall('container', args);
  await services.model.ready();
  const named =
    call.from === 'rows' ? call.targets : call.from === 'selection' ? services.views.selection('container') : [];
  const find = ({ id }: ContainerTarget): ContainerSummary => found(services.model.containers.get(id), 'container', id);
  if (named.length > 0) return { items: named.map(find), confirmed: call.from === 'rows' && call.confirmed };

  const offered = containerTargets(services.model)
    .map(find)
    .filter(options.suits ?? (() => true));
  const items = offered.map((container) => ({
    label: container.name,
    description: `${stateText(container, services.l10n)} · ${container.image}`,
    value: container,
  }));
  return ask(services, items, options);
}

/** The images that the command is about; undefined when there are none or the person gave up. */
export async function chooseImages(
  services: Services,
  args: readonly unknown[],
  options: ChooseOptions<ImageSummary>,
): Promise<Chosen<ChosenImage> | undefined> {
  const call = readCall('image', args);
  await services.model.ready();
  const named =
    call.from === 'rows' ? call.targets : call.from === 'selection' ? services.views.selection('image') : [];
  const find = (target: ImageTarget): ChosenImage =>
    chosenImage(found(services.model.images.get(target.id), 'image', target.reference ?? target.id), target);
  if (named.length > 0) return { items: named.map(find), confirmed: call.from === 'rows' && call.confirmed };

  const suits = options.suits ?? (() => true);
  const items = imageTargets(services.model)
    .map(find)
    .filter(({ image }) => suits(image))
    .map((chosen) => ({
      label: chosen.label,
      description: formatSize(chosen.image.size, services.l10n),
      value: chosen,
    }));
  return ask(services, items, options);
}

/** The volumes that the command is about; undefined when there are none or the person gave up. */
export async function chooseVolumes(
  services: Services,
  args: readonly unknown[],
  options: ChooseOptions<VolumeItem>,
): Promise<Chosen<VolumeItem> | undefined> {
  const call = readCall('volume', args);
  await services.model.ready();
  const named =
    call.from === 'rows' ? call.targets : call.from === 'selection' ? services.views.selection('volume') : [];
  const find = ({ id }: VolumeTarget): VolumeItem => found(services.model.volumes.get(id), 'volume', id);
  if (named.length > 0) return { items: named.map(find), confirmed: call.from === 'rows' && call.confirmed };
  const offered = volumeTargets(services.model)
    .map(find)
    .filter(options.suits ?? (() => true));
  const items = offered.map((volume) => ({ label: volumeLabel(volume), description: '', value: volume }));
  return ask(services, items, options);
}

function chosenImage(image: ImageSummary, { reference }: ImageTarget): ChosenImage {
  if (reference === undefined) return { image, name: image.id, label: shortId(image.id) };
  return { image, name: reference, label: familiarReference(reference) };
}

async function ask<V>(
  { prompts }: Services,
  items: readonly { readonly label: string; readonly description: string; readonly value: V }[],
  { title, placeholder, many = false, none }: Omit<ChooseOptions<never>, 'suits'>,
): Promise<Chosen<V> | undefined> {
  if (items.length === 0) {
    prompts.inform(none);
    return undefined;
  }
  const picked = await prompts.pick({ title, placeholder, many, items });
  return picked === undefined || picked.length === 0 ? undefined : { items: picked, confirmed: false };
}

function found<T>(item: T | undefined, kind: Target['kind'], name: string): T {
  if (item !== undefined) return item;
  throw new CommandError({ code: 'NotFound', message: `find ${kind} ${shortId(name)}: it is gone` });
}

function isSelection(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'selection' in value && value.selection === true;
}

function isTarget(value: unknown, kind: Target['kind']): value is Target {
  if (typeof value !== 'object' || value === null) return false;
  if (!('kind' in value) || value.kind !== kind || !('id' in value) || typeof value.id !== 'string') return false;
  return !('reference' in value) || value.reference === undefined || typeof value.reference === 'string';
}

function sameTarget(a: Target, b: Target): boolean {
  if (a.kind === 'image' && b.kind === 'image') return a.id === b.id && a.reference === b.reference;
  return a.kind === b.kind && a.id === b.id;
}
