// slipway.registries.login and logout: the person's logins at registries. The server checks and keeps them, where docker does.

import { VIEW, type Handler } from '../contributions.ts';
import { type Services } from './services.ts';

const anything = (): undefined => undefined;

export function logIn(services: Services): Handler<'slipway.registries.login'> {
  const { server, prompts, l10n } = services;
  const title = l10n.t('Log In to Registry');
  return async () => {
    const host = await prompts.input({
      title,
      prompt: l10n.t('The registry to log in to.'),
      placeholder: l10n.t('docker.io, ghcr.io, registry.example:5000'),
      value: 'docker.io',
      problem: anything,
    });
    if (host === undefined) return;
    const username = await prompts.input({
      title,
      prompt: l10n.t('The user name at {0}.', host),
      placeholder: '',
      value: '',
      problem: anything,
    });
    if (username === undefined) return;
    const password = await prompts.input({
      title,
      prompt: l10n.t('The password or access token of {0} at {1}.', username, host),
      placeholder: '',
      value: '',
      problem: anything,
      password: true,
    });
    if (password === undefined) return;
    const kept = await prompts.progress({ view: VIEW.images, title: l10n.t('Logging in to {0}', host) }, ({ signal }) =>
      server.request('slipway/registries/login', { server: host, username, password }, { signal }),
    );
    prompts.hint(l10n.t('Logged in to {0}', kept.host));
    if (kept.helper === undefined)
      prompts.inform(
        l10n.t('The login is kept unencrypted in {0}. A credential helper would keep it safe.', kept.path),
      );
  };
}

export function logOut(services: Services): Handler<'slipway.registries.logout'> {
  const { server, prompts, l10n } = services;
  return async () => {
    const hosts = await server.request('slipway/registries/list', {});
    if (hosts.length === 0) {
      prompts.inform(l10n.t('There is no login.'));
      return;
    }
    const picked = await prompts.pick({
      title: l10n.t('Log Out of Registry'),
      placeholder: l10n.t('The registry to log out of'),
      many: false,
      items: hosts.map((host) => ({ label: host, value: host })),
    });
    for (const host of picked ?? []) {
      await server.request('slipway/registries/logout', { server: host });
      prompts.hint(l10n.t('Logged out of {0}', host));
    }
  };
}
