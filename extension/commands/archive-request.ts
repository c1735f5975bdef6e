// One request about an archive with its progress: bytes in a notification whose Cancel cancels it.

import { randomUUID } from 'node:crypto';
import { type ArchiveProgress } from '../../runtime-server/protocol/progress.ts';
import { VIEW } from '../contributions.ts';
import { formatSize } from '../model/format.ts';
import { type Params, type Result } from '../server/link.ts';
import { type Services } from './services.ts';

type ArchiveMethod = 'slipway/images/save' | 'slipway/images/load' | 'slipway/images/import';

/** `params` without the operation, which is made here. */
export function requestArchive<M extends ArchiveMethod>(
  { server, prompts, l10n }: Services,
  title: string,
  method: M,
  params: Omit<Params<M>, 'operation'>,
): Promise<Result<M>> {
  return prompts.progress({ view: VIEW.images, title }, async ({ signal, report }) => {
    const link = await server.require();
    const operation = randomUUID();
    const show = ({ current, total }: ArchiveProgress): void => {
      const bytes = formatSize(current, l10n);
      if (total === undefined || total === 0) report(bytes);
      else report(`${bytes} / ${formatSize(total, l10n)}`, Math.min(1, current / total));
    };
    const subscription = link.onNotification('slipway/images/archiveProgress', (progress) => {
      if (progress.operation === operation) show(progress);
    });
    try {
      return await link.request(method, { ...params, operation }, { signal });
    } finally {
      subscription.dispose();
    }
  });
}
