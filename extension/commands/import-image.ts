// slipway.images.import: a root file system in an archive becomes an image of the name that the person gives it.

import { type Handler } from '../contributions.ts';
import { referenceProblem } from '../model/reference.ts';
import { requestArchive } from './archive-request.ts';
import { reveal } from './load-images.ts';
import { type Services } from './services.ts';

export function importImage(services: Services): Handler<'slipway.images.import'> {
  const { prompts, l10n } = services;
  return async () => {
    const title = l10n.t('Import a Root File System');
    const [file] = (await prompts.openFiles({ title, action: l10n.t('Import'), many: false })) ?? [];
    if (file === undefined) return;
    const reference = await prompts.input({
      title,
      prompt: l10n.t('The name of the new image; without a tag, latest.'),
      placeholder: l10n.t('my-root, team/base:1'),
      value: '',
      problem: (text) => referenceProblem(text, l10n),
    });
    if (reference === undefined) return;
    const params = { file, reference };
    await reveal(
      services,
      await requestArchive(services, l10n.t('Importing {0}', file), 'slipway/images/import', params),
    );
  };
}
