// What stands between vscode and every command's handler: the workspace's trust, and one way to fail. Knows no vscode.

import { CorrectableError } from '../base/failure.ts';
import type { CommandId, CommandTable } from '../contributions.ts';
import type { Notices } from '../ui/notices.ts';
import type { Services } from './services.ts';
import { NEEDS_TRUST } from './table.ts';

export type AnyHandler = (...args: unknown[]) => Promise<void>;

/** The handler of `id` as vscode may call it: it never rejects. */
export function guarded(
  id: CommandId,
  table: CommandTable,
  services: Pick<Services, 'trust'>,
  notices: Pick<Notices, 'untrusted' | 'failed'>,
): AnyHandler {
  // Handlers check their arguments themselves: what vscode passes has no type.
  const handler = table[id] as unknown as AnyHandler;
  const run: AnyHandler = async (...args) => {
    if (NEEDS_TRUST.has(id) && !services.trust.isTrusted) {
      notices.untrusted();
      return;
    }
    try {
      await handler(...args);
    } catch (error) {
      const retry = (): void => void run(...args);
      const correct = error instanceof CorrectableError ? (): void => void run({ edit: error.typed }) : undefined;
      notices.failed(error, doing(id), correct === undefined ? { retry } : { retry, correct });
    }
  };
  return run;
}

/** `slipway.images.pull` → `pull image`: for failures that have no sentence of their own. */
function doing(id: CommandId): string {
  const [, resource = '', verb = ''] = id.split('.');
  return `${verb} ${resource.replace(/s$/, '')}`;
}
