// search typed as root and as an ordinary user: docker's table, filters and templates.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { startHostileRegistry, type HostileRegistry } from '../../support/hostile-registry.ts';
import { assertResult, forEachPerson } from './people.ts';

let mirror: HostileRegistry | undefined;

before(async () => {
  mirror = await startHostileRegistry();
  const results = [
    {
      name: 'alpine',
      description: 'A minimal image with a complete package index\u001b[2J and more',
      star_count: 900,
      is_official: true,
    },
    { name: 'ann/alpine', description: 'Mine', star_count: 2 },
  ];
  mirror.serve('/v1/search', Buffer.from(JSON.stringify({ results })), 'application/json');
});
after(() => mirror?.[Symbol.asyncDispose]());

forEachPerson('search', (world) => {
  before(() => {
    world().configure({ 'registry-mirrors': [`http://${mirror?.host ?? ''}`] });
  });

  it('prints docker’s table', async () => {
    assertResult(await world().slipway(['search', 'alpine']), {
      status: 0,
      stdout:
        'NAME         DESCRIPTION                                     STARS     OFFICIAL\n' +
        'alpine       A minimal image with a complete package inde…   900       [OK]\n' +
        'ann/alpine   Mine                                            2         \n',
      stderr: '',
    });
    assert.match((await world().slipway(['search', '--no-trunc', 'alpine'])).stdout, /index\\x1b\[2J and more/);
  });

  it('filters and formats', async () => {
    const search = (...words: string[]): Promise<{ stdout: string }> => world().slipway(['search', ...words, 'alpine']);
    assert.equal((await search('--filter', 'stars=3', '--format', '{{.Name}}')).stdout, 'alpine\n');
    assert.equal(
      (await search('-f', 'is-official=false', '--format', '{{.Name}}\\t{{.StarCount}}')).stdout,
      'ann/alpine\t2\n',
    );
    assert.match(
      (await search('--limit', '1', '--format', 'json')).stdout,
      /^\{"Description":.*"IsOfficial":"\[OK\]","Name":"alpine",.*\}\n/,
    );
  });

  it('says what is wrong', async () => {
    for (const [words, pattern] of [
      [['--filter', 'x=1', 'alpine'], /^slipway: search: invalid filter 'x=1'\n/],
      [['--limit', '101', 'alpine'], /outside the range of \[1, 100\]/],
      [['--format', '{{.Nonsense}}', 'alpine'], /can't evaluate field Nonsense in type \*formatter\.searchContext/],
    ] as const) {
      const result = await world().slipway(['search', ...words]);
      assert.equal(result.status, 1);
      assert.match(result.stderr, pattern);
    }
  });
});
