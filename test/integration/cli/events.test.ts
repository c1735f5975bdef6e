// The stream of what happens: docker's actions in their order, live and afterwards, as lines and as JSON.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { collect } from '../../support/world.ts';
import { assertResult, forEachPerson } from './people.ts';

const IMAGE = 'localhost/starter';

interface Event {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}

forEachPerson('events', (world) => {
  const slipway = (...words: string[]): ReturnType<ReturnType<typeof world>['slipway']> => world().slipway(words);

  async function past(...filters: string[]): Promise<readonly Event[]> {
    const words = filters.flatMap((filter) => ['--filter', filter]);
    const { stdout } = await slipway('events', '--since', '1h', '--until', '0s', '--format', 'json', ...words);
    const lines = stdout.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as Event);
  }

  it('tell a container’s life in order, with what docker says of each', async () => {
    await slipway('run', '-d', '--name', 'web', '--label', 'tier=front', IMAGE, 'sleep', '1000');
    await slipway('exec', 'web', 'sh', '-c', 'exit 3');
    await slipway('restart', '-t', '0', 'web');
    await slipway('rename', 'web', 'api');
    await slipway('kill', '-s', 'TERM', 'api');
    await slipway('rm', '-f', 'api');
    const events = (await past('label=tier=front')).filter(({ Action }) => !Action.startsWith('exec_die'));
    assert.deepEqual(
      events.map(({ Action }) => Action),
      [
        ...['create', 'start', 'exec_create: sh -c exit 3', 'exec_start: sh -c exit 3'],
        ...['kill', 'kill', 'die', 'stop', 'start', 'restart', 'rename', 'kill', 'kill', 'die', 'destroy'],
      ],
    );
    // Without the labels of the image.
    const attributes = (action: string): Readonly<Record<string, string>> => {
      const all = events.findLast(({ Action }) => Action === action)?.Actor.Attributes ?? {};
      return Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('org.')));
    };
    assert.deepEqual(attributes('rename'), { name: 'api', oldName: '/web', image: IMAGE, tier: 'front' });
    assert.equal(attributes('die')['exitCode'], '137');
    assert.equal(attributes('kill')['signal'], '9');
    const [exec] = await past('event=exec_die', 'container=web');
    assert.equal(exec?.Actor.Attributes['exitCode'], '3');
  });

  it('come while they happen, and end at --until', async () => {
    const child = world().start(world().client, ['events', '--filter', 'event=create', '--filter', 'event=tag'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const seen: string[] = [];
    const result = collect(child);
    let name = 0;
    // Until it listens, there is nothing to see.
    child.stdout?.on('data', (text: string) => seen.push(text));
    while (seen.length === 0) await slipway('create', '--name', `made${name++}`, IMAGE);
    await slipway('tag', IMAGE, 'localhost/other');
    while (!seen.join('').includes(' image tag ')) await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.kill('SIGINT');
    assert.equal((await result).status, 130);
    assert.match(seen.join(''), /^\S+ container create [0-9a-f]{64} \(image=localhost\/starter, name=made\d+[,)]/);
    const template = '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}';
    const formatted = await slipway(
      'events',
      '--since',
      '1h',
      '--until',
      '0s',
      '-f',
      'event=tag',
      '--format',
      template,
    );
    assert.match(formatted.stdout, /^image tag localhost\/\S+\n$/);
    assertResult(await slipway('events', '--until', '0s'), { status: 0, stdout: '', stderr: '' });
    assertResult(await slipway('events', '--filter', 'colour=red'), { status: 1 });
  });
});
