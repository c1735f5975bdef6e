// slipway.system.usage, check and repair: the storage page, with what a check has found.

import { VIEW, type Handler } from '../contributions.ts';
import { type Services } from './services.ts';

export function showUsage({ documents }: Services): Handler<'slipway.system.usage'> {
  return () => documents.openStorage();
}

export function checkStorage(services: Services): Handler<'slipway.system.check'> {
  return () => check(services, false);
}

export function repairStorage(services: Services): Handler<'slipway.system.repair'> {
  return () => check(services, true);
}

async function check({ server, prompts, documents, l10n }: Services, repair: boolean): Promise<void> {
  const title = repair ? l10n.t('Repairing storage') : l10n.t('Checking storage');
  const report = await prompts.progress({ view: VIEW.images, title }, ({ signal }) =>
    server.request('slipway/system/check', { repair }, { signal }),
  );
  if (report.problems.length === 0) prompts.hint(l10n.t('Slipway’s storage is as it should be'));
  else await documents.openStorage(report);
}
