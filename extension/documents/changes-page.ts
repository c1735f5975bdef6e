// What a container has changed, as docker's diff prints it under a line that says what the letters mean. Pure.

import { type Change } from '../../runtime-server/protocol/models.ts';
import { type Localizer } from '../base/localize.ts';

export function changesPage(name: string, changes: readonly Change[], l10n: Localizer): string {
  const count = (kind: Change['kind']): number => changes.filter((change) => change.kind === kind).length;
  if (changes.length === 0) return `# ${l10n.t('{0} has changed nothing of its image.', name)}\n`;
  const numbers = l10n.t('A {0} added, C {1} changed, D {2} deleted', count('A'), count('C'), count('D'));
  // A name may hold anything, also the end of a line.
  const lines = changes.map(({ kind, path }) => `${kind} ${path.replaceAll(/[\n\r]/g, '�')}`);
  return `# ${name}: ${numbers}\n\n${lines.join('\n')}\n`;
}
