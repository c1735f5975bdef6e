// The extension's settings as values. A setting that picks a program counts only where the person set it themselves.

import { workspace } from 'vscode';
import { SETTING } from './contributions.ts';

/** The shell for "Open Shell"; empty: the best one that the container has. Never taken from a workspace. */
export function shellProgram(): string {
  const value = workspace.getConfiguration().inspect<unknown>(SETTING.shellProgram)?.globalValue;
  return typeof value === 'string' ? value : '';
}
