// slipway.containers.snapshot, .fork, .rewind: what a container's files are now, kept, given to a new container, or brought back.

import { type SnapshotSummary } from '../../runtime-server/protocol/models.ts';
import { VIEW, type Handler } from '../contributions.ts';
import { formatAge, formatSize, shortId } from '../model/format.ts';
import { nameProblem } from './rename-container.ts';
import { type PickItem, type Services } from './services.ts';
import { chooseContainers } from './targets.ts';

export function snapshotContainer(services: Services): Handler<'slipway.containers.snapshot'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await choose(services, args, l10n.t('Snapshot of Container'));
    for (const { id, name } of chosen) {
      const named = await askName(
        services,
        l10n.t('Snapshot of {0}', name),
        l10n.t('The snapshot’s name, or nothing.'),
      );
      if (named === undefined) return;
      await prompts.progress({ view: VIEW.containers, title: l10n.t('Snapshot of {0}', name) }, () =>
        server.request('slipway/containers/snapshot', { container: id, ...named }),
      );
      prompts.hint(l10n.t('The files of {0} are kept', name));
    }
  };
}

export function forkContainer(services: Services): Handler<'slipway.containers.fork'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await choose(services, args, l10n.t('Fork Container'));
    for (const { id, name } of chosen) {
      const prompt = l10n.t('The new container’s name, or nothing for one that is made up.');
      const named = await askName(services, l10n.t('Fork {0}', name), prompt);
      if (named === undefined) return;
      await prompts.progress({ view: VIEW.containers, title: l10n.t('Fork {0}', name) }, () =>
        server.request('slipway/containers/fork', { container: id, ...named }),
      );
    }
  };
}

export function rewindContainer(services: Services): Handler<'slipway.containers.rewind'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const [container] = await choose(services, args, l10n.t('Rewind Container'));
    if (container === undefined) return;
    const { id, name } = container;
    const snapshots = await server.request('slipway/snapshots/list', { container: id });
    if (snapshots.length === 0) {
      prompts.hint(l10n.t('{0} has no snapshot', name));
      return;
    }
    const title = l10n.t('Rewind {0}', name);
    const placeholder = l10n.t(
      'What its files shall be; those of now are kept. It is stopped and started again if it runs.',
    );
    const items = snapshots.map((snapshot) => itemOf(snapshot, services));
    const [snapshot] = (await prompts.pick({ title, placeholder, many: false, items })) ?? [];
    if (snapshot === undefined) return;
    await prompts.progress({ view: VIEW.containers, title }, () =>
      server.request('slipway/containers/rewind', { container: id, snapshot, force: true }),
    );
    prompts.hint(l10n.t('{0} is what it was', name));
  };
}

async function choose(
  services: Services,
  args: Parameters<Handler<'slipway.containers.fork'>>,
  title: string,
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  const { l10n } = services;
  const chosen = await chooseContainers(services, args, {
    title,
    placeholder: l10n.t('The container'),
    suits: ({ state }) => state !== 'dead' && state !== 'removing',
    none: l10n.t('There are no containers.'),
  });
  return chosen?.items ?? [];
}

/** Undefined when the person gave up; no name where nothing was typed. */
async function askName(
  { prompts, l10n }: Services,
  title: string,
  prompt: string,
): Promise<{ readonly name?: string } | undefined> {
  const problem = (text: string): string | undefined => (text === '' ? undefined : nameProblem(text, l10n));
  const name = await prompts.input({ title, prompt, placeholder: '', value: '', problem });
  return name === undefined ? undefined : name === '' ? {} : { name };
}

function itemOf({ id, name, created, size, automatic }: SnapshotSummary, { l10n }: Services): PickItem<string> {
  const label = name ?? (automatic === true ? l10n.t('Before the last rewind') : shortId(id));
  const age = formatAge(created, Date.now(), l10n) ?? '';
  return { label, description: `${age}, ${formatSize(size, l10n)}`, value: id };
}
