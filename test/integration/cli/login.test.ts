// A registry that asks for a login: the one that docker has kept is used, as root and as an ordinary user.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { startHostileRegistry, type HostileRegistry } from '../../support/hostile-registry.ts';
import { buildImage, buildLayer } from '../../support/images.ts';
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
});
