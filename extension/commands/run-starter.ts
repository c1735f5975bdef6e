// slipway.starter.run: a terminal in a container of the image that comes with the extension; needs no network.

import { type Handler } from '../contributions.ts';
import { type Services } from './services.ts';

const STARTER_IMAGE = 'localhost/starter';

export function runStarter({ server, terminals, l10n }: Services): Handler<'slipway.starter.run'> {
  return async () => {
    await server.require();
    terminals.open({
      name: l10n.t('Starter'),
      icon: 'vm-running',
      args: ['run', '-it', STARTER_IMAGE],
      hold: 'failure',
    });
  };
}
