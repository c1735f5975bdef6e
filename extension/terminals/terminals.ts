// Integrated terminals that run the thin client: their bytes never pass through the extension host.

import { l10n, ThemeIcon, window } from 'vscode';
import { type TerminalRequest, type TerminalsPort } from '../commands/services.ts';
import { launch } from './launch.ts';

export interface TerminalOptions {
  readonly client: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Opens terminals and shows them. */
export function createTerminals({ client, env }: TerminalOptions): TerminalsPort {
  return {
    open({ name, icon, args, hold }: TerminalRequest) {
      const { shellPath, shellArgs } = launch({ client, args, hold, holdText: l10n.t('Press Enter to close.') });
      const terminal = window.createTerminal({
        name,
        iconPath: new ThemeIcon(icon),
        shellPath,
        shellArgs: [...shellArgs],
        env: { ...env },
      });
      terminal.show();
    },
  };
}
