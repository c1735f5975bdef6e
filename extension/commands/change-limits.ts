// slipway.containers.changeLimits: asks which limits of a container to change and to what, and changes them at once.

import { type ResourceLimits } from '../../runtime-server/protocol/host-options.ts';
import { type ContainerSummary } from '../../runtime-server/protocol/models.ts';
import { type Localizer } from '../base/localize.ts';
import { VIEW, type Handler } from '../contributions.ts';
import { limitProblem, parseLimit, presentLimits, type LimitKind } from '../model/limits.ts';
import { type Services } from './services.ts';
import { chooseContainers } from './targets.ts';

export function changeLimits(services: Services): Handler<'slipway.containers.changeLimits'> {
  const { server, prompts, l10n } = services;
  return async (...args) => {
    const chosen = await chooseContainers(services, args, {
      title: l10n.t('Change Limits'),
      placeholder: l10n.t('The container to limit'),
      suits: ({ state }) => state !== 'dead',
      none: l10n.t('There are no containers.'),
    });
    // One at a time: each has limits of its own.
    const [container] = chosen?.items ?? [];
    if (container === undefined) return;
    const limits = await askLimits(services, container);
    if (limits === undefined) return;
    await prompts.progress({ view: VIEW.containers }, () =>
      server.request('slipway/containers/update', { container: container.id, limits }),
    );
    prompts.hint(l10n.t('Limits of {0} changed', container.name));
  };
}

/** Undefined when the person gave up at any step. */
async function askLimits(services: Services, container: ContainerSummary): Promise<ResourceLimits | undefined> {
  const { server, prompts, l10n } = services;
  const present = presentLimits(await server.request('slipway/containers/inspect', { container: container.id }));
  const title = l10n.t('Limits of {0}', container.name);
  const questions = limitQuestions(l10n);
  const kinds = await prompts.pick<LimitKind>({
    title,
    placeholder: l10n.t('What to limit'),
    many: true,
    items: KINDS.map((kind) => ({
      label: questions[kind].label,
      description: present[kind] === '' ? l10n.t('no limit') : present[kind],
      value: kind,
    })),
  });
  if (kinds === undefined || kinds.length === 0) return undefined;
  let limits: ResourceLimits = {};
  for (const kind of kinds) {
    const { prompt, placeholder } = questions[kind];
    const problem = (text: string): string | undefined => limitProblem(kind, text, l10n);
    const text = await prompts.input({ title, prompt, placeholder, value: present[kind], problem });
    const limit = text === undefined ? undefined : parseLimit(kind, text);
    if (limit === undefined) return undefined;
    limits = { ...limits, ...limit };
  }
  return limits;
}

const KINDS: readonly LimitKind[] = ['memory', 'cpus', 'processes'];

interface Question {
  readonly label: string;
  readonly prompt: string;
  readonly placeholder: string;
}

function limitQuestions(l10n: Localizer): Readonly<Record<LimitKind, Question>> {
  return {
    memory: { label: l10n.t('Memory'), prompt: l10n.t('Memory that it may use at most.'), placeholder: '512m, 2g' },
    cpus: { label: l10n.t('CPUs'), prompt: l10n.t('CPUs that it may use at most.'), placeholder: '0.5, 2' },
    processes: {
      label: l10n.t('Processes'),
      prompt: l10n.t('Processes and threads that it may have at most.'),
      placeholder: '100',
    },
  };
}
