// What could stand at the cursor, from the table of commands and an engine that is an object literal.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMMANDS } from '../../../../runtime-server/src/api/cli/commands.ts';
import { complete, type CompletionSources } from '../../../../runtime-server/src/api/cli/completion/complete.ts';

const sources: CompletionSources = {
  removed: () => Promise.resolve([{ text: 'gone' }]),
  containers: (command) => [{ text: `box-of-${command}` }, { text: 'web' }],
  images: () => Promise.resolve([{ text: 'alpine' }, { text: 'alpine:3' }]),
  volumes: () => Promise.resolve([{ text: 'data' }, { text: 'cache' }]),
  snapshots: () => [{ text: 'clean' }],
  logins: () => Promise.resolve([{ text: 'registry.lan' }]),
};

/** The candidates for these words, and `files` where the shell shall look for its own. */
async function at(...words: string[]): Promise<string> {
  const { candidates, files } = await complete(words, COMMANDS, sources);
  return [...candidates.map(({ text }) => text), ...(files ? ['files'] : [])].join(' ');
}

describe('completion', () => {
  it('knows commands, groups and docker’s second names', async () => {
    assert.equal(await at('ru'), 'run');
    assert.equal(await at('im'), 'image images import');
    assert.equal(await at('image', 'p'), 'prune pull push');
    assert.equal(await at('container', 'l'), 'list logs ls');
    assert.equal(await at('help', 'sea'), 'search');
    assert.equal(await at('__'), '');
    assert.equal(await at('nonsense', ''), '');
  });

  it('knows options, and what their values may be', async () => {
    assert.equal(await at('run', '--no-h'), '--no-healthcheck');
    assert.equal(await at('run', '--pull', ''), 'always missing never');
    assert.equal(await at('run', '--pull=n'), '--pull=never');
    assert.equal(await at('kill', '-s', 'SIGT'), 'SIGTERM');
    assert.equal(await at('ps', '--format', ''), 'json table');
    assert.equal(await at('run', '-v', '/t'), 'files');
    assert.equal(await at('run', '--publish-a'), '');
    assert.equal(await at('ps', '--nonsense='), '');
  });

  it('knows what stands where, whatever options are before it', async () => {
    assert.equal(await at('run', '-it', '--rm', ''), 'alpine alpine:3');
    assert.equal(await at('run', '-itu', 'me', 'alpine:'), 'alpine:3');
    assert.equal(await at('run', '-ume', 'alp'), 'alpine alpine:3');
    assert.equal(await at('run', '--name', 'alp'), '');
    assert.equal(await at('run', 'alpine', '--na'), 'files');
    assert.equal(await at('stop', '-t', '5', 'w'), 'web');
    assert.equal(await at('stop', 'web', 'box'), 'box-of-stop');
    assert.equal(await at('exec', '--', 'web', ''), 'files');
    assert.equal(await at('container', 'rm', ''), 'box-of-rm web');
    assert.equal(await at('inspect', ''), 'alpine alpine:3 box-of-inspect web');
    assert.equal(await at('tag', 'alpine', 'al'), 'alpine alpine:3');
    assert.equal(await at('commit', 'web', 'alpine:'), 'alpine:3');
    assert.equal(await at('logs', 'web', ''), '');
    assert.equal(await at('restore', ''), 'gone');
    assert.equal(await at('logout', ''), 'registry.lan');
    assert.equal(await at('snapshot', 'rm', ''), 'clean');
    assert.equal(await at('rewind', 'web', ''), 'clean');
    assert.equal(await at('completion', ''), 'bash fish zsh');
    assert.equal(await at('ps', ''), '');
  });
});
