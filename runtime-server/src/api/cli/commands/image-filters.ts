// `images --filter`: which images, and which of their names, fit (moby, daemon/images/images.go). Values of one key: any of
// them, but all labels; of several keys: all of them.

import type { ImageSummary } from '../../../../protocol/models.ts';
import type { Engine } from '../../../engine/engine.ts';
import { hasLabels } from '../../../oci/filter.ts';
import { globber } from '../../../oci/glob.ts';
import { familiar } from '../../../oci/reference.ts';
import { gatherFilters, parseBoolean } from '../filters.ts';
import { splitReference } from '../format.ts';
import { parseMoment } from '../moments.ts';
import type { Named } from './image-list.ts';

const KEYS = ['before', 'dangling', 'label', 'label!', 'reference', 'since', 'until'];

type Test = (named: Named) => boolean;

/** Throws InvalidArgument for what is no filter, NotFound for an image that `before` or `since` names. */
export async function imageFilter(
  engine: Engine,
  images: readonly ImageSummary[],
  texts: readonly string[],
  now: Date,
): Promise<Test> {
  const filters = gatherFilters(texts, KEYS, 'images');
  const tests: Test[] = [];
  const any = (key: string, test: (value: string) => Test): void => {
    const found = filters.get(key)?.map(test);
    if (found !== undefined) tests.push((named) => found.some((suits) => suits(named)));
  };
  const age = async (key: string, fits: (mine: number, other: number) => boolean): Promise<void> => {
    const others = await Promise.all((filters.get(key) ?? []).map(creation));
    if (others.length > 0) tests.push(({ image }) => others.some((other) => fits(createdAt(image), other)));
  };
  const creation = async (name: string): Promise<number> => {
    const { id } = await engine.images.resolve(name, { verb: 'images: compare with' });
    return createdAt(images.find((image) => image.id === id));
  };
  any('dangling', (value) => {
    const wanted = parseBoolean(`dangling=${value}`, value);
    return ({ reference }) => (reference === undefined) === wanted;
  });
  any('reference', reference);
  any('until', (value) => {
    const moment = parseMoment(value, now, '--filter until').getTime();
    return ({ image }) => createdAt(image) < moment;
  });
  await age('before', (mine, other) => mine < other);
  await age('since', (mine, other) => mine > other);
  const labels = filters.get('label') ?? [];
  const withoutLabels = filters.get('label!') ?? [];
  tests.push(({ image }) => hasLabels(image.labels ?? {}, { labels, withoutLabels }));
  return (named) => tests.every((test) => test(named));
}

/** The name with its tag, or without it, fits the pattern. */
function reference(pattern: string): Test {
  const matches = globber(pattern);
  return ({ reference: full }) => {
    if (full === undefined) return false;
    const name = familiar(full);
    return matches(name) || matches(splitReference(name).repository);
  };
}

const createdAt = (image: ImageSummary | undefined): number =>
  image?.created === undefined ? 0 : Date.parse(image.created);
