// The doctor page: what this machine can and can't do, with the fix for each, as Markdown. Pure.

import { type DoctorCheck, type VersionInfo } from '../../runtime-server/protocol/models.ts';
import { type Localizer } from '../base/localize.ts';
import { code, plain } from './markdown.ts';

export interface DoctorPage {
  readonly version: VersionInfo | undefined;
  readonly checks: readonly DoctorCheck[];
  /** Why there is no server to ask. */
  readonly failure: string | undefined;
  /** Where the programs lie that were tried. */
  readonly client: string;
  readonly runDirectory: string;
}

const MARKS: Readonly<Record<DoctorCheck['status'], string>> = { ok: '✓', limited: '⚠', missing: '✗' };

export function doctorPage(page: DoctorPage, l10n: Localizer): string {
  const parts = [`# ${l10n.t('Slipway Doctor')}`, summary(page, l10n)];
  if (page.failure !== undefined) parts.push(code(page.failure));
  const troubled = page.checks.filter(({ status }) => status !== 'ok');
  parts.push(...troubled.map((check) => section(check, l10n)));
  const fine = page.checks.filter(({ status }) => status === 'ok');
  if (fine.length > 0) parts.push(`## ${l10n.t('In order')}`, fine.map(line).join('\n'));
  parts.push(`## ${l10n.t('This machine')}`, facts(page, l10n));
  return `${parts.join('\n\n')}\n`;
}

function summary({ checks, failure }: DoctorPage, l10n: Localizer): string {
  if (failure !== undefined) return l10n.t('The Slipway server could not be started:');
  const missing = checks.filter(({ status }) => status === 'missing').length;
  const limited = checks.filter(({ status }) => status === 'limited').length;
  if (missing + limited === 0) return l10n.t('Everything that containers need is here.');
  if (missing === 0) return l10n.t('Containers work, with limits. What to do about each stands below it.');
  return l10n.t('{0} missing, {1} limited. What to do about each stands below it.', missing, limited);
}

function section({ title, status, detail, fix }: DoctorCheck, l10n: Localizer): string {
  const word = status === 'missing' ? l10n.t('missing') : l10n.t('limited');
  const head = `## ${MARKS[status]} ${plain(title)}: ${word}`;
  const body = [plain(detail)];
  if (fix !== undefined) body.push(fix.includes('\n') ? code(fix) : `> **${l10n.t('What to do')}:** ${plain(fix)}`);
  return [head, ...body].join('\n\n');
}

const line = ({ title, status, detail }: DoctorCheck): string =>
  `- ${MARKS[status]} **${plain(title)}**: ${plain(detail)}`;

function facts({ version, client, runDirectory }: DoctorPage, l10n: Localizer): string {
  const rows: (readonly [string, string])[] = [[l10n.t('Program'), client]];
  if (version === undefined) rows.push([l10n.t('Run directory'), runDirectory]);
  else {
    rows.push(
      [l10n.t('Version'), version.version],
      [l10n.t('System'), `${version.os}/${version.architecture}, Linux ${version.kernel}, Node ${version.node}`],
      [l10n.t('Mode'), version.mode],
      [l10n.t('Storage'), version.storage],
      [l10n.t('Data directory'), version.dataDirectory],
      [l10n.t('Run directory'), version.runtimeDirectory],
      [l10n.t('Server log'), `${version.dataDirectory}/server.log`],
    );
  }
  return rows.map(([name, value]) => `- **${name}**: ${plain(value)}`).join('\n');
}
