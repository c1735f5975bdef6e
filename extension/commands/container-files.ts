// slipway.containers.commit, export and changes: an image of a container, its files as an archive, and what it has changed.

import { type ContainerSummary } from '../../runtime-server/protocol/models.ts';
import { VIEW, type Handler } from '../contributions.ts';
import { familiarReference, shortId } from '../model/format.ts';
import { referenceProblem } from '../model/reference.ts';
import { type Services } from './services.ts';
import { chooseContainers, type Chosen } from './targets.ts';

export function commitContainer(services: Services): Handler<'slipway.containers.commit'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await choose(services, args, l10n.t('Commit to Image'), l10n.t('The container to make an image of'));
    // One at a time: each image has a name of its own.
    const [container] = chosen?.items ?? [];
    if (container === undefined) return;
    const reference = await askName(services, container);
    if (reference === undefined) return;
    const { skipped } = await prompts.progress(
      { view: VIEW.images, title: l10n.t('Committing {0} to {1}', container.name, reference) },
      ({ signal }) => server.request('slipway/containers/commit', { container: container.id, reference }, { signal }),
    );
    prompts.hint(l10n.t('{0} is an image of {1}', familiarReference(reference), container.name));
    if (skipped.length > 0) prompts.inform(l10n.t('Sockets are not in the image: {0}', skipped.join(', ')));
  };
}

export function exportContainer(services: Services): Handler<'slipway.containers.export'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await choose(services, args, l10n.t('Export Container'), l10n.t('The container to export'));
    for (const { id, name } of chosen?.items ?? []) {
      const file = await prompts.saveFile({ title: l10n.t('Export {0}', name), name: `${name}.tar` });
      if (file === undefined) return;
      const title = l10n.t('Exporting {0}', name);
      await prompts.progress({ view: VIEW.containers, title }, ({ signal }) =>
        server.request('slipway/containers/export', { container: id, file }, { signal }),
      );
      prompts.hint(l10n.t('{0} was exported to {1}', name, file));
    }
  };
}

export function showChanges(services: Services): Handler<'slipway.containers.changes'> {
  const { documents, l10n } = services;
  return async (...args) => {
    const chosen = await choose(services, args, l10n.t('Show Changes'), l10n.t('The container whose changes to show'));
    for (const { id, name } of chosen?.items ?? []) await documents.openChanges({ id, name });
  };
}

function choose(
  services: Services,
  args: readonly unknown[],
  title: string,
  placeholder: string,
): Promise<Chosen<ContainerSummary> | undefined> {
  const none = services.l10n.t('There are no containers.');
  return chooseContainers(services, args, { title, placeholder, none, suits: ({ state }) => state !== 'dead' });
}

function askName({ prompts, l10n }: Services, { id, name }: ContainerSummary): Promise<string | undefined> {
  return prompts.input({
    title: l10n.t('Commit {0} to Image', name === '' ? shortId(id) : name),
    prompt: l10n.t('The name of the new image.'),
    placeholder: l10n.t('name:tag, ghcr.io/owner/name:tag'),
    value: `${name}:latest`,
    problem: (text) => referenceProblem(text, l10n),
  });
}
