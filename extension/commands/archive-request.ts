// Save, load and import as operations: their progress is bytes of the archive, then of its layers.

import { formatSize } from '../model/format.ts';
import { type Params, type Result } from '../server/link.ts';
import { runOperation } from './operation.ts';
import { type Services } from './services.ts';

type ArchiveMethod = 'slipway/images/save' | 'slipway/images/load' | 'slipway/images/import';

/** `params` without the operation, which is made on the way. */
export function requestArchive<M extends ArchiveMethod>(
  services: Services,
  title: string,
  method: M,
  params: Omit<Params<M>, 'operation'>,
): Promise<Result<M>> {
  const { l10n } = services;
  return runOperation(services, {
    title,
    method,
    params,
    progress: 'slipway/images/archiveProgress',
    show({ phase, current, total }, report) {
      const known = total !== undefined && total > 0;
      const bytes = `${formatSize(current, l10n)}${known ? ` / ${formatSize(total, l10n)}` : ''}`;
      // The bar is the archive's: it does not begin again with the layers.
      if (phase === 'layers') report(l10n.t('Extracting {0}', bytes));
      else report(bytes, known ? Math.min(1, current / total) : undefined);
    },
  });
}
