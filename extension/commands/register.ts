// Registers every command with vscode, with one way for all of them to fail.

import { commands, type Disposable } from 'vscode';
import { CorrectableError } from '../base/failure.ts';
import { type CommandId, type CommandTable } from '../contributions.ts';
import { type Notices } from '../ui/notices.ts';
import { type Services } from './services.ts';
import { commandTable, NEEDS_TRUST } from './table.ts';

export function registerCommands(services: Services, notices: Notices): readonly Disposable[] {
  const table = commandTable(services);
  return (Object.keys(table) as CommandId[]).map((id) =>
    commands.registerCommand(id, guarded(id, table, services, notices)),
  );
}

type AnyHandler = (...args: unknown[]) => Promise<void>;

function guarded(id: CommandId, table: CommandTable, services: Services, notices: Notices): AnyHandler {
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
