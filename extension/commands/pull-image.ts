// slipway.images.pull: asks for a reference and pulls it, with progress and Cancel.

import { type PullResult } from '../../runtime-server/protocol/methods.ts';
import { CorrectableError } from '../base/failure.ts';
import { type Handler } from '../contributions.ts';
import { familiarReference } from '../model/format.ts';
import { referenceProblem } from '../model/reference.ts';
import { type Services } from './services.ts';
import { transfer } from './transfer.ts';

export function pullImage(services: Services): Handler<'slipway.images.pull'> {
  const { prompts, model, views, l10n } = services;
  return async (given) => {
    const reference = typeof given === 'string' ? given : await askReference(services, textToEdit(given));
    if (reference === undefined) return;
    const result = await pull(services, reference).catch((error: unknown) => {
      throw new CorrectableError(error, reference);
    });
    if (result.upToDate) prompts.hint(l10n.t('{0} is up to date', familiarReference(result.reference)));
    await model.ready();
    await views.reveal({ kind: 'image', id: result.imageId, reference: result.reference });
  };
}

function textToEdit(given: unknown): string {
  if (typeof given !== 'object' || given === null || !('edit' in given)) return '';
  return typeof given.edit === 'string' ? given.edit : '';
}

/** Asks for a reference; undefined when the person gave up. `value`: what stands in the box at first. */
export function askReference({ prompts, l10n }: Services, value = ''): Promise<string | undefined> {
  return prompts.input({
    title: l10n.t('Pull Image'),
    prompt: l10n.t('The image to pull; without a tag, latest.'),
    placeholder: l10n.t('alpine, debian:12, ghcr.io/owner/name:tag'),
    value,
    problem: (text) => referenceProblem(text, l10n),
  });
}

export function pull(services: Services, reference: string): Promise<PullResult> {
  return transfer(services, services.l10n.t('Pulling {0}', reference), 'slipway/images/pull', { reference });
}
