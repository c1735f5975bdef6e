// tag, history and what rmi makes of several names, typed as root and as an ordinary user.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assertResult, forEachPerson } from './people.ts';

forEachPerson('names of images', (world) => {
  it('tag gives a second name, which rmi takes away again without the image', async () => {
    assertResult(await world().slipway(['tag', 'localhost/starter', 'team/app:1']), {
      status: 0,
      stdout: '',
      stderr: '',
    });
    const listed = await world().slipway(['images', '--no-trunc', '-q']);
    const ids = listed.stdout.trim().split('\n');
    assert.equal(ids.length, 2);
    assert.equal(new Set(ids).size, 1, 'two names, one image');
    assertResult(await world().slipway(['run', '--rm', 'team/app:1', 'echo', 'hi']), { status: 0, stdout: 'hi\n' });
    assertResult(await world().slipway(['rmi', 'team/app:1']), { status: 0, stdout: 'Untagged: team/app:1\n' });
    assertResult(await world().slipway(['run', '--rm', 'localhost/starter', 'true']), { status: 0 });
  });

  it('tag without a tag means latest; a name that is taken moves', async () => {
    await world().slipway(['tag', 'localhost/starter', 'app']);
    assertResult(await world().slipway(['tag', 'app:latest', 'app']), { status: 0 });
    assert.match((await world().slipway(['images', 'app'])).stdout, /^app +latest /m);
    await world().slipway(['rmi', 'app']);
  });

  it('tag refuses what is no image and what is no name, and changes nothing', async () => {
    const missing = await world().slipway(['tag', 'nowhere', 'app']);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /tag image nowhere: no such image/);
    const digest = `app@sha256:${'a'.repeat(64)}`;
    assert.match((await world().slipway(['tag', 'localhost/starter', digest])).stderr, /a digest can't be given/);
    assert.match((await world().slipway(['tag', 'localhost/starter', 'Bad Name'])).stderr, /^slipway: tag image /);
    assert.equal((await world().slipway(['images', '-q'])).stdout.trim().split('\n').length, 1);
  });

  it('history lists each step with its size', async () => {
    const { status, stdout } = await world().slipway(['history', 'localhost/starter']);
    assert.equal(status, 0);
    const lines = stdout.trimEnd().split('\n');
    assert.match(lines[0] ?? '', /^IMAGE +CREATED +CREATED BY +SIZE +COMMENT$/);
    assert.match(lines[1] ?? '', /^[0-9a-f]{12} .*MB/);
    assert.match((await world().slipway(['history', 'nowhere'])).stderr, /no such image/);
    const id = (await world().slipway(['history', '-q', '--no-trunc', 'localhost/starter'])).stdout.split('\n')[0];
    assert.equal(id, (await world().slipway(['images', '-q', '--no-trunc'])).stdout.trim());
  });
});
