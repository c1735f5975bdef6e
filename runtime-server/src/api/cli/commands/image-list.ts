// images: the list of images, as docker's command of this name shows it.

import type { ImageUsage } from '../../../../protocol/housekeeping.ts';
import type { ImageSummary } from '../../../../protocol/models.ts';
import { ago } from '../../../containers/status.ts';
import { familiar } from '../../../oci/reference.ts';
import { FORMAT, formatRows, type Listing } from '../formatter.ts';
import { humanSize, shortId, splitReference } from '../format.ts';
import type { Command } from '../session.ts';
import { Fields } from '../template/values.ts';
import { goTime } from '../times.ts';
import { imageFilter } from './image-filters.ts';

const IMAGES: Listing = {
  type: '*formatter.imageContext',
  headers: {
    ID: 'IMAGE ID',
    Repository: 'REPOSITORY',
    Tag: 'TAG',
    Digest: 'DIGEST',
    CreatedSince: 'CREATED',
    CreatedAt: 'CREATED AT',
    Size: 'SIZE',
    Containers: 'CONTAINERS',
    VirtualSize: 'SIZE',
    SharedSize: 'SHARED SIZE',
    UniqueSize: 'UNIQUE SIZE',
  },
};

export const imagesCommand: Command = {
  name: 'images',
  summary: 'List images',
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  options: [
    {
      long: 'all',
      short: 'a',
      kind: 'flag',
      help: 'Taken for docker’s sake: there are no intermediate images',
      hidden: true,
    },
    { long: 'digests', kind: 'flag', help: 'Show digests' },
    {
      long: 'filter',
      short: 'f',
      kind: 'list',
      placeholder: 'KEY=VALUE',
      help: 'Only those that fit: dangling=true, reference=PATTERN, label=KEY[=VALUE], before=IMAGE, since=IMAGE',
    },
    FORMAT,
    { long: 'no-trunc', kind: 'flag', help: 'Print whole image IDs' },
    { long: 'quiet', short: 'q', kind: 'flag', help: 'Print only image IDs' },
  ],
  min: 0,
  max: 1,
  run: async ({ engine, session }, options) => {
    const filters = [...options.list('filter'), ...options.args.map((name) => `reference=${name}`)];
    const images = await engine.images.list();
    const suits = await imageFilter(engine, images, filters, new Date());
    const how = { whole: options.flag('no-trunc'), now: new Date() };
    const named = images.flatMap((image) => namesOf(image).map((reference): Named => ({ image, reference })));
    const rows = named.filter(suits).map((each) => imageRow(each, how));
    const format = formatOf(options.value('format'), options.flag('quiet'), options.flag('digests'));
    await session.out(formatRows(IMAGES, rows, format, format, session));
    return 0;
  },
};

/** An image under one of its names; without one where it has none. */
export interface Named {
  readonly image: ImageSummary;
  /** Full, with its tag. */
  readonly reference: string | undefined;
}

/** The names that an image is listed under. */
export const namesOf = ({ references }: ImageSummary): readonly (string | undefined)[] =>
  references.length === 0 ? [undefined] : references;

function formatOf(format: string | undefined, quiet: boolean, digests: boolean): string {
  const digest = digests ? '{{.Digest}}\\t' : '';
  if (format === undefined || format === '' || format === 'table')
    return quiet ? '{{.ID}}' : `table {{.Repository}}\\t{{.Tag}}\\t${digest}{{.ID}}\\t{{.CreatedSince}}\\t{{.Size}}`;
  if (format === 'raw')
    return quiet
      ? 'image_id: {{.ID}}'
      : [
          ...['repository: {{.Repository}}', 'tag: {{.Tag}}', ...(digests ? ['digest: {{.Digest}}'] : [])],
          ...['image_id: {{.ID}}', 'created_at: {{.CreatedAt}}', 'virtual_size: {{.Size}}', ''],
        ].join('\\n');
  return digests && format.startsWith('table') && !format.includes('{{.Digest}}') ? `${format}\\t{{.Digest}}` : format;
}

/** `usage`: where it is known, as in `system df`. */
export function imageRow(
  { image, reference }: Named,
  { whole, now }: { readonly whole: boolean; readonly now: Date },
  usage?: Pick<ImageUsage, 'containers' | 'sharedSize' | 'size'>,
): Fields {
  let parts: ReturnType<typeof splitReference> | undefined;
  // Asked for twice in most rows, and the dearest part of them.
  const name = (): NonNullable<typeof parts> => (parts ??= nameParts(reference));
  const { created } = image;
  return new Fields(IMAGES.type, {
    ID: () => (whole ? image.id : shortId(image.id)),
    Repository: () => name().repository,
    Tag: () => name().tag,
    Digest: () => digestOf({ image, reference }),
    CreatedSince: () => (created === undefined ? 'N/A' : ago(created, now)),
    CreatedAt: () => (created === undefined ? 'N/A' : goTime(created)),
    Size: () => humanSize(image.size),
    Containers: () => (usage === undefined ? 'N/A' : String(usage.containers)),
    VirtualSize: () => humanSize(image.size, 4),
    SharedSize: () => (usage === undefined ? 'N/A' : humanSize(usage.sharedSize, 4)),
    UniqueSize: () => (usage === undefined ? 'N/A' : humanSize(usage.size - usage.sharedSize, 4)),
  });
}

const nameParts = (reference: string | undefined): ReturnType<typeof splitReference> =>
  reference === undefined ? { repository: '<none>', tag: '<none>' } : splitReference(familiar(reference));

/** That of the repository that the name is of, else of any. */
function digestOf({ image, reference }: Named): string {
  const repository = reference === undefined ? undefined : splitReference(reference).repository;
  const own = image.repoDigests.find((each) => each.split('@')[0] === repository);
  return (own ?? image.repoDigests[0])?.split('@')[1] ?? '<none>';
}
