// A registry that asks for a login: the one that docker has kept is used; login and logout keep and forget one as docker does.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { startHostileRegistry, type HostileRegistry } from '../../support/hostile-registry.ts';
import { buildImage, buildLayer } from '../../support/images.ts';
import { openTerminal, withoutTerminal } from '../../support/terminal.ts';
import type { World } from '../../support/world.ts';
import { assertResult, forEachPerson } from './people.ts';

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

let registry: HostileRegistry | undefined;
const host = (): string => {
  assert.ok(registry !== undefined);
  return registry.host;
};

before(async () => {
  registry = await startHostileRegistry();
  registry.serve('/v2/', Buffer.from('{}'), 'application/json');
  registry.serveImage('team/private', 'latest', buildImage([await buildLayer([{ name: 'hello', content: 'hi' }])]));
  registry.intercept((request, response) => {
    if (request.headers.authorization === basic('ann:secret')) return false;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="team"' }).end();
    return true;
  });
});
after(() => registry?.[Symbol.asyncDispose]());

/** What `docker login` leaves behind. */
function keepLogin(world: World, pair: string): void {
  const directory = join(world.home, '.docker');
  mkdirSync(directory, { recursive: true });
  const auth = Buffer.from(pair).toString('base64');
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ auths: { [host()]: { auth } } }), { mode: 0o600 });
  world.give(directory);
  world.give(join(directory, 'config.json'));
}

forEachPerson('a login', (world) => {
  it('pulls with the login in ~/.docker/config.json, and says whose fault a wrong one is', async () => {
    const image = `${host()}/team/private`;
    const nobody = await world().slipway(['pull', image]);
    assert.equal(nobody.status, 1);
    assert.match(nobody.stderr, /asks for a login/);
    keepLogin(world(), 'ann:wrong');
    const refused = await world().slipway(['pull', image]);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /refused the login/);
    assert.doesNotMatch(refused.stderr, /wrong/);
    keepLogin(world(), 'ann:secret');
    const pulled = await world().slipway(['pull', '-q', image]);
    assertResult(pulled, { status: 0, stdout: `${image}:latest\n` });
  });

  const configPath = (): string => join(world().home, '.docker', 'config.json');
  const readConfig = (): Record<string, unknown> =>
    JSON.parse(readFileSync(configPath(), 'utf8')) as Record<string, unknown>;

  it('login takes the password from standard input, keeps it like docker, and pull works; logout takes it away', async () => {
    keepLogin(world(), 'ann:old');
    writeFileSync(configPath(), JSON.stringify({ ...readConfig(), detachKeys: 'ctrl-q' }));
    const image = `${host()}/team/private`;
    await world().slipway(['rmi', image]);
    const login = await world().slipway(['login', '-u', 'ann', '--password-stdin', host()], { input: 'secret\n' });
    assertResult(login, {
      status: 0,
      stdout: 'Login Succeeded\n',
      stderr: `WARNING! Your password will be stored unencrypted in ${configPath()}.\nConfigure a credential helper to remove this warning. See\nhttps://docs.docker.com/engine/reference/commandline/login/#credentials-store\n\n`,
    });
    const auth = Buffer.from('ann:secret').toString('base64');
    assert.deepEqual(readConfig(), { auths: { [host()]: { auth } }, detachKeys: 'ctrl-q' });
    assert.equal(statSync(configPath()).mode & 0o777, 0o600);
    assertResult(await world().slipway(['pull', '-q', image]), { status: 0 });
    assert.match((await world().slipway(['login', host()])).stdout, /^Authenticating with existing credentials/);
    assertResult(await world().slipway(['logout', host()]), { stdout: `Removing login credentials for ${host()}\n` });
    assert.deepEqual(readConfig(), { auths: {}, detachKeys: 'ctrl-q' });
    assertResult(await world().slipway(['logout', host()]), { status: 0, stdout: `Not logged in to ${host()}\n` });
    assert.match((await world().slipway(['pull', image])).stderr, /asks for a login/, 'nothing remembers it');
  });

  it('a login that is refused is not kept, and its password is nowhere', async () => {
    rmSync(configPath(), { force: true });
    const refused = await world().slipway(['login', '-u', 'ann', '--password-stdin', host()], { input: 'wr0ng' });
    assertResult(refused, { status: 1, stdout: '' });
    assert.match(refused.stderr, /^slipway: login [^\n]+: [^\n]+ refused the user name or password\n {2}\S/);
    assert.throws(readConfig, /ENOENT/);
    const shown = await world().slipway(['login', '-u', 'ann', '-p', 'wr0ng', host()]);
    assert.match(shown.stderr, /^WARNING! Using --password via the CLI is insecure\. Use --password-stdin\.\n/);
    const log = readFileSync(join(world().dataDirectory, 'server.log'), 'utf8');
    for (const text of [refused.stderr, shown.stderr, log]) assert.doesNotMatch(text, /wr0ng/);
  });

  it('says what is missing', async () => {
    for (const [words, pattern] of [
      [[], /Cannot perform an interactive login from a non TTY device/],
      [['--password-stdin'], /Must provide --username with --password-stdin/],
      [['-u', 'a', '-p', 'b', '--password-stdin'], /mutually exclusive/],
      [['-u', 'ann', '--password-stdin'], /Password Required/],
    ] as const) {
      const result = await world().slipway(['login', ...words, host()]);
      assert.equal(result.status, 1);
      assert.match(result.stderr, pattern);
    }
    const nowhere = await world().slipway(['login', '-u', 'a', '--password-stdin', 'a b'], { input: 'x' });
    assert.match(nowhere.stderr, /^slipway: login "a b": "a b" is not a host name\n/);
  });

  it(
    'asks a person at a terminal, and does not show what is typed as the password',
    { skip: withoutTerminal() ?? false },
    async () => {
      rmSync(configPath(), { force: true });
      const terminal = await openTerminal(world(), `${world().client} login ${host()}`);
      try {
        await terminal.waitFor(/Username:/);
        await terminal.type('ann\n');
        await terminal.waitFor(/Password:/);
        await terminal.type('secret\n');
        assert.doesNotMatch(await terminal.waitFor(/Login Succeeded[\s\S]*\[status 0\]/), /secret/);
      } finally {
        await terminal.close();
        await world().slipway(['logout', host()]);
      }
    },
  );
});
