// Registers every command with vscode, with one way for all of them to fail.

import { commands, type Disposable } from 'vscode';
import { type CommandId } from '../contributions.ts';
import { guarded } from './guarded.ts';
import { type Notices } from '../ui/notices.ts';
import { type Services } from './services.ts';
import { commandTable } from './table.ts';

export function registerCommands(services: Services, notices: Notices): readonly Disposable[] {
  const table = commandTable(services);
  return (Object.keys(table) as CommandId[]).map((id) =>
    commands.registerCommand(id, guarded(id, table, services, notices)),
  );
}
