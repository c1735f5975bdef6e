// system df, system check: what the store takes on the disk, and whether it still holds what it says.

import type { DiskUsage, ImageUsage, StoreProblem, StoreReport } from '../../../../protocol/housekeeping.ts';
import { ago } from '../../../containers/status.ts';
import { familiar } from '../../../oci/reference.ts';
import { humanSize, shortId, splitReference } from '../format.ts';
import type { Engine } from '../../../engine/engine.ts';
import { FORMAT, formatDocument, formatRows, type Listing } from '../formatter.ts';
import type { Command, CommandContext } from '../session.ts';
import { Fields, type Value } from '../template/values.ts';
import { containerRow } from './container-rows.ts';
import { imageRow, namesOf } from './image-list.ts';
import { volumeRow } from './volume-rows.ts';
import { formatTable } from '../table.ts';

export const systemDfCommand: Command = {
  name: 'system df',
  summary: 'Show what images, containers, volumes and blobs take on the disk',
  usage: '[OPTIONS]',
  options: [FORMAT, { long: 'verbose', short: 'v', kind: 'flag', help: 'Show each image, container and volume' }],
  min: 0,
  max: 0,
  run: async ({ engine, session }, options) => {
    const usage = await engine.usage();
    const format = options.value('format') ?? '';
    const verbose = options.flag('verbose');
    if (verbose && format !== '' && format !== 'table')
      await session.out(formatDocument(format, '', await detailFields(engine, usage), session));
    else if (verbose) await session.out(details({ engine, session }, usage));
    else await session.out(formatRows(USAGE, overview(usage), format, TABLE, session));
    return 0;
  },
};

export const systemCheckCommand: Command = {
  name: 'system check',
  summary: 'Hash every blob and compare every unpacked layer with its blob',
  usage: '[OPTIONS]',
  options: [{ long: 'repair', kind: 'flag', help: 'Unpack damaged layers again from their blobs' }],
  min: 0,
  max: 0,
  run: async ({ engine, session }, options) => {
    const report = await engine.check({ repair: options.flag('repair'), signal: session.signal });
    await session.out(reportText(report));
    return report.problems.some(({ repaired }) => !repaired) ? 1 : 0;
  },
};

const USAGE: Listing = {
  type: '*formatter.diskUsageContext',
  headers: { Type: 'TYPE', TotalCount: 'TOTAL', Active: 'ACTIVE', Size: 'SIZE', Reclaimable: 'RECLAIMABLE' },
};
const TABLE = 'table {{.Type}}\\t{{.TotalCount}}\\t{{.Active}}\\t{{.Size}}\\t{{.Reclaimable}}';

function overview({ images, containers, removed, volumes, layers, blobs, snapshots }: DiskUsage): readonly Fields[] {
  const live = containers.filter(({ live }) => live);
  const written = sum(containers);
  const used = volumes.filter((volume) => volume.containers > 0);
  return [
    row(
      'Images',
      images.length,
      images.filter((image) => image.containers > 0).length,
      layers.size,
      layers.reclaimable,
    ),
    row('Containers', containers.length, live.length, written, written - sum(live)),
    row('Local Volumes', volumes.length, used.length, sum(volumes), sum(volumes) - sum(used)),
    row('Build Cache', 0, 0, 0, 0),
    ...(removed.count === 0 ? [] : [row('Removed', removed.count, 0, removed.size, removed.size)]),
    ...(snapshots.count === 0 && snapshots.size === 0
      ? []
      : [row('Snapshots', snapshots.count, 0, snapshots.size, snapshots.reclaimable)]),
    row('Blobs', blobs.count, blobs.count - blobs.unused, blobs.size, blobs.unusedSize),
  ];
}

function row(type: string, total: number, active: number, size: number, reclaimable: number): Fields {
  const share = size === 0 ? '' : ` (${Math.trunc((reclaimable / size) * 100)}%)`;
  return new Fields(USAGE.type, {
    Type: () => type,
    TotalCount: () => String(total),
    Active: () => String(active),
    Size: () => humanSize(size, 4),
    Reclaimable: () => `${humanSize(reclaimable, 4)}${share}`,
  });
}

const sum = (items: readonly { readonly size: number }[]): number => items.reduce((total, { size }) => total + size, 0);

function details({ engine }: Pick<CommandContext, 'engine' | 'session'>, usage: DiskUsage): string {
  const now = new Date();
  const sizes = new Map(usage.containers.map(({ id, size }) => [id, size]));
  const images = formatTable(
    ['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE', 'SHARED SIZE', 'UNIQUE SIZE', 'CONTAINERS'],
    usage.images.flatMap((image) => imageRows(image, now)),
  );
  const containers = formatTable(
    ['CONTAINER ID', 'IMAGE', 'SIZE', 'CREATED', 'STATUS', 'NAMES'],
    engine.containers
      .list()
      .filter(({ id }) => sizes.has(id))
      .map((container) => [
        shortId(container.id),
        container.image,
        humanSize(sizes.get(container.id) ?? 0),
        ago(container.created, now),
        container.status,
        container.name,
      ]),
  );
  const volumes = formatTable(
    ['VOLUME NAME', 'LINKS', 'SIZE'],
    usage.volumes.map(({ name, size, containers }) => [name, String(containers), humanSize(size)]),
  );
  const { blobs } = usage;
  const rest = `Blobs: ${blobs.count}, ${humanSize(blobs.size)}; nobody needs ${blobs.unused} of them, ${humanSize(blobs.unusedSize)}\n`;
  return `Images space usage:\n\n${images}\nContainers space usage:\n\n${containers}\nLocal Volumes space usage:\n\n${volumes}\nBlobs space usage:\n\n${rest}`;
}

/** Docker's shape of `-v` for templates. */
async function detailFields(engine: Engine, usage: DiskUsage): Promise<Value> {
  const how = { whole: true, now: new Date() };
  const images = new Map((await engine.images.list()).map((image) => [image.id, image]));
  const records = new Map(engine.containers.records().map((record) => [record.id, record]));
  const sizes = new Map(usage.containers.map(({ id, size }) => [id, size]));
  const volumes = new Map((await engine.volumes.list()).map((volume) => [volume.name, volume]));
  return new Fields(USAGE.type, {
    Images: () =>
      usage.images.flatMap((used) => {
        const image = images.get(used.id);
        return image === undefined ? [] : namesOf(image).map((reference) => imageRow({ image, reference }, how, used));
      }),
    Containers: () =>
      engine.containers.list().flatMap((summary) => {
        const record = records.get(summary.id);
        const written = sizes.get(summary.id);
        if (record === undefined || written === undefined) return [];
        return [containerRow({ summary, record, size: { written, whole: 0 } }, how)];
      }),
    Volumes: () =>
      usage.volumes.flatMap((used) => {
        const volume = volumes.get(used.name);
        return volume === undefined ? [] : [volumeRow(volume, used)];
      }),
    BuildCache: () => [],
  });
}

function imageRows(image: ImageUsage, now: Date): string[][] {
  const names = image.references.length === 0 ? [undefined] : image.references;
  return names.map((reference) => {
    const { repository, tag } =
      reference === undefined ? { repository: '<none>', tag: '<none>' } : splitReference(familiar(reference));
    return [
      repository,
      tag,
      shortId(image.id),
      image.created === undefined ? 'N/A' : ago(image.created, now),
      humanSize(image.size),
      humanSize(image.sharedSize),
      humanSize(image.size - image.sharedSize),
      String(image.containers),
    ];
  });
}

function reportText({ images, blobs, layers, problems, unused }: StoreReport): string {
  const count = problems.length === 0 ? 'no problems' : counted(problems.length, 'problem');
  const looked = [counted(images, 'image'), counted(blobs, 'blob'), counted(layers, 'layer')].join(', ');
  const garbage = unused.blobs + unused.layers;
  const rest =
    garbage === 0
      ? ''
      : `Nobody needs ${counted(unused.blobs, 'blob')} and ${counted(unused.layers, 'layer')}: slipway image prune\n`;
  return `${problems.map(problemText).join('')}Checked ${looked}: ${count}\n${rest}`;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function problemText({ kind, digest, images, problem, repaired, fix }: StoreProblem): string {
  const outcome = repaired ? 'repaired' : `fix: ${fix ?? ''}`;
  return `${kind} ${digest} of ${images.join(', ')} ${problem}\n  ${outcome}\n`;
}
