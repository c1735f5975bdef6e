// snapshot, fork, rewind: what a container's files were, kept, given to another container, brought back.

import type { SnapshotSummary } from '../../../../protocol/models.ts';
import { listSnapshots, summarizeSnapshot } from '../../../containers/snapshots/summary.ts';
import { ago } from '../../../containers/status.ts';
import { humanSize, shortId } from '../format.ts';
import { FORMAT, formatRows, type Listing } from '../formatter.ts';
import type { OptionSpec } from '../options.ts';
import type { Command } from '../session.ts';
import { Fields } from '../template/values.ts';
import { goTime } from '../times.ts';
import { forEachArgument } from './images.ts';
import { STOP_OPTIONS, stopOptions } from './lifecycle.ts';

const nameOption = (help: string): OptionSpec => ({ long: 'name', kind: 'value', placeholder: 'NAME', help });

export const snapshotCreateCommand: Command = {
  name: 'snapshot create',
  summary: 'Keep what a container’s files are now',
  usage: '[OPTIONS] CONTAINER [NAME]',
  options: [nameOption('Name of the snapshot, the container’s alone')],
  min: 1,
  max: 2,
  run: async ({ engine: { containers }, session }, options) => {
    const [container = '', name] = options.args;
    const { id } = containers.get(container, 'snapshot');
    const snapshot = await containers.snapshots.create(id, options.value('name') ?? name, session.signal);
    await session.out(`${snapshot.id}\n`);
    return 0;
  },
};

export const snapshotLsCommand: Command = {
  name: 'snapshot ls',
  summary: 'List snapshots',
  usage: '[OPTIONS] [CONTAINER]',
  options: [
    FORMAT,
    { long: 'quiet', short: 'q', kind: 'flag', help: 'Print only ids' },
    { long: 'no-trunc', kind: 'flag', help: 'Print whole ids' },
  ],
  min: 0,
  max: 1,
  run: async ({ engine: { containers }, session }, options) => {
    const [container] = options.args;
    const id = container === undefined ? undefined : containers.get(container, 'list snapshots of').id;
    const how = { whole: options.flag('no-trunc'), now: new Date() };
    const rows = (await listSnapshots(containers, id)).map((snapshot) => snapshotRow(snapshot, how));
    const format = options.flag('quiet') ? '{{.ID}}' : options.value('format');
    await session.out(formatRows(SNAPSHOTS, rows, format, TABLE, session));
    return 0;
  },
};

export const snapshotRmCommand: Command = {
  name: 'snapshot rm',
  summary: 'Remove snapshots',
  usage: 'SNAPSHOT [SNAPSHOT...]',
  options: [],
  min: 1,
  run: (context, { args }) =>
    forEachArgument(context, 'remove snapshot', args, async (name) => {
      const { snapshots } = context.engine.containers;
      await snapshots.remove(snapshots.get(name, 'remove snapshot').id);
      return `${name}\n`;
    }),
};

export const snapshotInspectCommand: Command = {
  name: 'snapshot inspect',
  summary: 'Show all about snapshots',
  usage: 'SNAPSHOT [SNAPSHOT...]',
  options: [],
  min: 1,
  run: async ({ engine: { containers }, session }, { args }) => {
    const found = args.map((name) => containers.snapshots.get(name, 'inspect snapshot'));
    const shown = found.map(async (snapshot) => {
      const { id, name = '', container, containerName, created, size } = await summarizeSnapshot(containers, snapshot);
      return {
        Id: id,
        Name: name,
        Container: container,
        ContainerName: containerName,
        Created: created,
        Size: size,
        Automatic: snapshot.automatic === true,
        Stack: snapshot.stack,
      };
    });
    await session.out(`${JSON.stringify(await Promise.all(shown), null, 4)}\n`);
    return 0;
  },
};

export const forkCommand: Command = {
  name: 'fork',
  summary: 'Create a container with what another one’s files are now',
  usage: '[OPTIONS] CONTAINER',
  options: [
    nameOption('Name of the new container'),
    { long: 'start', kind: 'flag', help: 'Start it, in the background' },
  ],
  min: 1,
  max: 1,
  run: async ({ engine: { containers }, session }, options) => {
    const source = containers.get(options.args[0] ?? '', 'fork');
    const fork = await containers.snapshots.fork(source.id, { name: options.value('name') }, session.signal);
    await session.out(`${fork.id}\n`);
    if (options.flag('start')) await containers.start(fork.id);
    return 0;
  },
};

export const rewindCommand: Command = {
  name: 'rewind',
  summary: 'Give a container the files of one of its snapshots (default the last)',
  usage: '[OPTIONS] CONTAINER [SNAPSHOT]',
  options: [
    { long: 'force', short: 'f', kind: 'flag', help: 'Stop it first if it runs, and start it again' },
    ...STOP_OPTIONS,
  ],
  min: 1,
  max: 2,
  run: async ({ engine: { containers }, session }, options) => {
    const [container = '', snapshot] = options.args;
    const { id } = containers.get(container, 'rewind');
    const how = { ...stopOptions(options), force: options.flag('force') };
    const { target, before } = await containers.snapshots.rewind(id, snapshot, how, session.signal);
    await session.out(`${target.id}\n`);
    if (before.id !== target.id)
      await session.err(`What was there until now is snapshot ${before.name ?? shortId(before.id)}\n`);
    return 0;
  },
};

const SNAPSHOTS: Listing = {
  type: '*formatter.snapshotContext',
  headers: {
    ID: 'SNAPSHOT ID',
    Name: 'NAME',
    Container: 'CONTAINER',
    CreatedSince: 'CREATED',
    CreatedAt: 'CREATED AT',
    Size: 'SIZE',
    Automatic: 'AUTOMATIC',
  },
};
const TABLE = 'table {{.ID}}\\t{{.Name}}\\t{{.Container}}\\t{{.CreatedSince}}\\t{{.Size}}';

function snapshotRow(
  { id, name, containerName, created, size, automatic = false }: SnapshotSummary,
  { whole, now }: { readonly whole: boolean; readonly now: Date },
): Fields {
  return new Fields(SNAPSHOTS.type, {
    ID: () => (whole ? id : shortId(id)),
    Name: () => name ?? (automatic ? '<before a rewind>' : '<none>'),
    Container: () => containerName,
    CreatedSince: () => ago(created, now),
    CreatedAt: () => goTime(created),
    Size: () => humanSize(size),
    Automatic: () => String(automatic),
  });
}
