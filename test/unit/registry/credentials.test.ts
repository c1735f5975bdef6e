// Docker's config.json and its helpers: found in Docker's order, changed without losing anything, secrets in no message.

import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { createCredentialHelpers } from '../../../runtime-server/src/registry/credential-helper.ts';
import { createCredentialStore } from '../../../runtime-server/src/registry/credentials.ts';
import { HUB_KEY, parseDockerConfig, withAuth } from '../../../runtime-server/src/registry/docker-config.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const config = (value: unknown): string => JSON.stringify(value);

let directory = '';
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-credentials-'));
});
after(() => rm(directory, { recursive: true, force: true }));

/** A helper program that keeps logins in a folder, as docker-credential-pass does. */
async function writeHelper(name: string): Promise<NodeJS.ProcessEnv> {
  const bin = join(directory, `bin-${name}`);
  const kept = join(bin, 'kept');
  await mkdir(kept, { recursive: true });
  const script = `#!/bin/sh
read -r line
case $1 in
  get) file=${kept}/$(printf %s "$line" | tr / _); [ -f "$file" ] && cat "$file" || { echo "credentials not found in native keychain"; exit 1; };;
  store) url=$(printf %s "$line" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/' | tr / _); printf %s "$line" > "${kept}/$url";;
  list) printf '{"r.example":"ann","%s":"bob"}' https://index.docker.io/v1/;;
  erase) rm -f "${kept}/$(printf %s "$line" | tr / _)";;
esac
`;
  // The trailing line end that \`read\` wants is what real helpers do without: they read to the end.
  await writeFile(join(bin, `docker-credential-${name}`), script.replace('read -r line', 'line=$(cat)'));
  await chmod(join(bin, `docker-credential-${name}`), 0o755);
  return { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
}

void test('logins of auths are found by host, by address and for Docker Hub', async () => {
  const path = join(directory, 'found.json');
  await writeFile(
    path,
    config({
      auths: {
        [HUB_KEY]: { auth: base64('ann:secret:with:colons') },
        'https://registry.example/v1/': { auth: base64('bob:b') },
        'localhost:5000': { auth: base64('cy:'), identitytoken: 'refresh' },
        'empty.example': {},
      },
    }),
  );
  const store = createCredentialStore(path, createCredentialHelpers({}));
  assert.deepEqual(await store.find('docker.io'), { username: 'ann', password: 'secret:with:colons' });
  assert.deepEqual(await store.find('registry.example'), { username: 'bob', password: 'b' });
  assert.deepEqual(await store.find('localhost:5000'), { username: 'cy', password: '', identityToken: 'refresh' });
  assert.equal(await store.find('empty.example'), undefined);
  assert.equal(await store.find('elsewhere.example'), undefined);
});

void test('no file is no login', async () => {
  const store = createCredentialStore(join(directory, 'none', 'config.json'), createCredentialHelpers({}));
  assert.equal(await store.find('docker.io'), undefined);
  assert.equal(await store.erase('docker.io'), false);
});

void test('a login is kept for this user alone, beside whatever else stands in the file, through a link', async () => {
  const real = join(directory, 'dotfiles.json');
  const link = join(directory, 'linked.json');
  await writeFile(real, config({ detachKeys: 'ctrl-q', auths: { 'other.example': { auth: base64('x:y') } } }));
  await symlink(real, link);
  const store = createCredentialStore(link, createCredentialHelpers({}));
  assert.deepEqual(await store.store('docker.io', { username: 'ann', password: 'p' }), { path: link });
  assert.equal((await lstat(link)).isSymbolicLink(), true);
  assert.equal((await stat(real)).mode & 0o777, 0o600);
  const written = JSON.parse(await readFile(real, 'utf8')) as { detachKeys: string; auths: Record<string, unknown> };
  assert.equal(written.detachKeys, 'ctrl-q');
  assert.deepEqual(Object.keys(written.auths), ['other.example', HUB_KEY]);
  assert.equal(await store.erase('docker.io'), true);
  assert.equal(await store.find('docker.io'), undefined);
  assert.deepEqual(await store.find('other.example'), { username: 'x', password: 'y' });
});

void test('a new login replaces one kept under another address of the same host', () => {
  const text = withAuth(config({ auths: { 'https://r.example/v1/': { auth: base64('old:old') } } }), 'r.example', {
    username: 'new',
    password: 'n',
  });
  assert.deepEqual([...parseDockerConfig(text, 'x').auths], [['r.example', { username: 'new', password: 'n' }]]);
});

void test('helpers: by host before credsStore, tokens kept as tokens, erased in both places', async () => {
  const env = await writeHelper('fake');
  const path = join(directory, 'helpers.json');
  await writeFile(
    path,
    config({ credHelpers: { 'r.example': 'fake' }, auths: { 'r.example': { auth: base64('a:b') } } }),
  );
  const store = createCredentialStore(path, createCredentialHelpers(env));
  assert.deepEqual(
    await store.find('r.example'),
    { username: 'a', password: 'b' },
    'what the helper lacks is in the file',
  );
  await store.store('r.example', { username: 'ann', password: '', identityToken: 'refresh' });
  assert.deepEqual(await store.find('r.example'), { username: '<token>', password: '', identityToken: 'refresh' });
  assert.deepEqual(await store.list(), ['docker.io', 'r.example'], 'each once, by its host');
  assert.equal(await store.erase('r.example'), true);
  assert.equal(await store.find('r.example'), undefined);
});

void test('a helper that is missing or fails is named, with what to do', async () => {
  const path = join(directory, 'missing.json');
  await writeFile(path, config({ credsStore: 'nowhere' }));
  const store = createCredentialStore(path, createCredentialHelpers({ PATH: directory }));
  await assert.rejects(store.find('docker.io'), /docker-credential-nowhere can't be run/);
});

void test('a damaged file is named; no secret is in any message', async () => {
  const cases: [unknown, RegExp][] = [
    [{ auths: { a: { auth: base64('no-colon-SECRET') } } }, /\$\.auths\.a\.auth: expected user:password/],
    [{ auths: { a: { auth: 7 } } }, /\$\.auths\.a\.auth: expected a string/],
    [{ auths: { a: { password: { SECRET: 1 } } } }, /\$\.auths\.a\.password: expected a string/],
    [{ credsStore: '../../bin/sh' }, /expected the name of a credential helper/],
    [{ credHelpers: { a: '/bin/sh' } }, /expected the name of a credential helper/],
  ];
  for (const [value, expected] of cases) {
    const path = join(directory, 'damaged.json');
    await writeFile(path, config(value));
    const store = createCredentialStore(path, createCredentialHelpers({}));
    await assert.rejects(store.find('a'), (error: Error) => {
      assert.match(error.message, expected);
      assert.match(error.message, /damaged\.json/);
      assert.doesNotMatch(error.message, /SECRET/);
      return true;
    });
  }
});
