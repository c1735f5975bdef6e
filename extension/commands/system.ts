// slipway.system.*: the doctor page, the events, a new server, the log.

import { VIEW, type Handler } from '../contributions.ts';
import { type Services } from './services.ts';

export function showDoctor({ documents }: Services): Handler<'slipway.system.doctor'> {
  return () => documents.openDoctor();
}

/** In a terminal: the last hour, and what happens from now on. */
export function showEvents({ terminals, l10n }: Services): Handler<'slipway.system.events'> {
  return () => {
    terminals.open({
      name: l10n.t('Slipway Events'),
      icon: 'pulse',
      args: ['events', '--since', '1h'],
      hold: 'always',
    });
    return Promise.resolve();
  };
}

export function restartServer({ server, prompts, l10n }: Services): Handler<'slipway.system.restartServer'> {
  return async () => {
    await prompts.progress({ view: VIEW.images }, () => server.restart());
    prompts.hint(l10n.t('The Slipway server was restarted'));
  };
}

export function showLog({ log }: Services): Handler<'slipway.system.showLog'> {
  return () => {
    log.show();
    return Promise.resolve();
  };
}
