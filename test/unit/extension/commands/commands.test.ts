import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shellCommand } from '../../../../extension/commands/open-shell.ts';
import { commandTable } from '../../../../extension/commands/table.ts';
import { readCall } from '../../../../extension/commands/targets.ts';
import {
  container,
  CONTAINER_ID,
  fakeServices,
  image,
  IMAGE_ID,
  type FakeOptions,
  type Recorded,
} from '../fixtures.ts';
import { type CommandId, type CommandTable } from '../../../../extension/contributions.ts';

const ROW = { kind: 'container', id: CONTAINER_ID } as const;
const IMAGE_ROW = { kind: 'image', id: IMAGE_ID, reference: 'docker.io/library/alpine:latest' } as const;

async function run<K extends CommandId>(
  id: K,
  args: Parameters<CommandTable[K]>,
  options: FakeOptions = {},
): Promise<Recorded> {
  const { services, recorded } = fakeServices({ images: [image()], containers: [container()], ...options });
  const handler = commandTable(services)[id] as unknown as (...given: readonly unknown[]) => Promise<void>;
  await handler(...args);
  return recorded;
}

describe('arguments of commands', () => {
  const other = { kind: 'container', id: 'other' } as const;

  it('are the selected rows when the clicked one is among them', () => {
    assert.deepEqual(readCall('container', [ROW, [other, ROW]]), {
      from: 'rows',
      targets: [other, ROW],
      confirmed: false,
    });
  });

  it('are the clicked row alone when it is not', () => {
    assert.deepEqual(readCall('container', [ROW, [other]]), { from: 'rows', targets: [ROW], confirmed: false });
    assert.deepEqual(readCall('container', [ROW, undefined]), { from: 'rows', targets: [ROW], confirmed: false });
  });

  it('say nothing when they are of another kind or no row at all', () => {
    for (const odd of [undefined, null, 'x', 7, {}, { kind: 'container' }, { kind: 'container', id: 5 }, IMAGE_ROW]) {
      assert.deepEqual(readCall('container', [odd]), { from: 'palette' });
    }
    assert.deepEqual(readCall('image', [{ kind: 'image', id: 'x', reference: 5 }]), { from: 'palette' });
  });

  it('can ask for the selection', () => {
    assert.deepEqual(readCall('image', [{ selection: true }]), { from: 'selection' });
  });
});

describe('pull', () => {
  const answers = {
    'slipway/images/pull': () => ({
      reference: 'docker.io/library/alpine:latest',
      digest: 'd',
      imageId: IMAGE_ID,
      upToDate: true,
    }),
  };

  it('asks for a reference, pulls it and reveals the row', async () => {
    const { requests, revealed, hints } = await run('slipway.images.pull', [], { input: 'alpine', answers });
    assert.equal(requests[0]?.[0], 'slipway/images/pull');
    assert.equal((requests[0][1] as { reference: string }).reference, 'alpine');
    assert.deepEqual(revealed, [IMAGE_ROW]);
    assert.deepEqual(hints, ['alpine:latest is up to date']);
  });

  it('does nothing when the person gives up', async () => {
    assert.deepEqual((await run('slipway.images.pull', [])).requests, []);
  });

  it('takes a reference from its caller', async () => {
    const { requests } = await run('slipway.images.pull', ['debian:12'], { answers });
    assert.equal((requests[0]?.[1] as { reference: string }).reference, 'debian:12');
  });
});

describe('search', () => {
  it('suggests what the registry has, and pulls what is chosen', async () => {
    const hit = { description: '', stars: 0, official: false, automated: false };
    const answers = {
      'slipway/registries/search': () => [
        { ...hit, name: 'alpine', official: true },
        { ...hit, name: 'ann/alpine' },
      ],
      'slipway/images/pull': () => ({ reference: 'docker.io/ann/alpine:latest', imageId: IMAGE_ID, upToDate: false }),
    };
    const { requests } = await run('slipway.images.search', [], { answers, input: 'alp', pick: [1] });
    assert.deepEqual(requests[0], ['slipway/registries/search', { term: 'alp', limit: 25 }]);
    assert.equal((requests[1]?.[1] as { reference: string }).reference, 'ann/alpine');
    const gaveUp = await run('slipway.images.search', [], { answers, input: 'alp' });
    assert.equal(gaveUp.requests.length, 1);
  });
});

describe('push', () => {
  it('sends an image of a registry under its own name', async () => {
    const mine = { ...IMAGE_ROW, reference: 'ghcr.io/me/app:1' };
    const { requests, hints } = await run('slipway.images.push', [mine], {
      images: [image({ references: [mine.reference] })],
    });
    const [method, params] = requests[0] ?? [];
    assert.deepEqual(
      [requests.length, method, (params as { reference: string }).reference],
      [1, 'slipway/images/push', mine.reference],
    );
    assert.deepEqual(hints, ['ghcr.io/me/app:1 was pushed']);
  });

  it('asks where an image without a registry goes, and gives it that name', async () => {
    const { requests } = await run('slipway.images.push', [IMAGE_ROW], { input: 'registry.example:5000/alpine:1' });
    assert.deepEqual(requests[0], [
      'slipway/images/tag',
      { image: IMAGE_ROW.reference, reference: 'registry.example:5000/alpine:1' },
    ]);
    assert.equal((requests[1]?.[1] as { reference: string }).reference, 'registry.example:5000/alpine:1');
    const hub = await run('slipway.images.push', [IMAGE_ROW], { input: 'alpine:latest' });
    assert.deepEqual(
      hub.requests.map(([method]) => method),
      ['slipway/images/push'],
      'it has that name',
    );
  });

  it('does nothing when the person gives up', async () => {
    assert.deepEqual((await run('slipway.images.push', [IMAGE_ROW])).requests, []);
  });
});

describe('run', () => {
  it('creates, reveals and starts a container of the row', async () => {
    const answers = { 'slipway/containers/create': () => ({ id: 'new', name: 'x' }) };
    const { requests, revealed } = await run('slipway.images.run', [IMAGE_ROW], { answers });
    assert.deepEqual(requests, [
      ['slipway/containers/create', { image: IMAGE_ROW.reference }],
      ['slipway/containers/start', { container: 'new' }],
    ]);
    assert.deepEqual(revealed, [{ kind: 'container', id: 'new' }]);
  });

  it('opens a terminal with the thin client for an interactive run', async () => {
    const { terminals, requests } = await run('slipway.images.runInteractive', [IMAGE_ROW]);
    assert.deepEqual(terminals[0]?.args, ['run', '-it', 'docker.io/library/alpine:latest']);
    assert.equal(terminals[0].name, 'alpine:latest');
    assert.deepEqual(requests, []);
  });

  it('runs a dangling image by its id', async () => {
    const dangling = { kind: 'image', id: IMAGE_ID } as const;
    const { terminals } = await run('slipway.images.runInteractive', [dangling]);
    assert.deepEqual(terminals[0]?.args, ['run', '-it', IMAGE_ID]);
  });

  it('offers the images and a pull from the palette', async () => {
    const answers = {
      'slipway/images/pull': () => ({
        reference: 'docker.io/library/debian:12',
        digest: 'd',
        imageId: 'i',
        upToDate: false,
      }),
    };
    const { picks, terminals } = await run('slipway.images.runInteractive', [], {
      pick: [1],
      input: 'debian:12',
      answers,
    });
    assert.deepEqual(
      picks[0]?.items.map(({ label }) => label),
      ['alpine:latest', '$(cloud-download) Pull another image…'],
    );
    assert.deepEqual(terminals[0]?.args, ['run', '-it', 'docker.io/library/debian:12']);
  });

  it('runs the starter image without asking anything', async () => {
    const { terminals, picks } = await run('slipway.starter.run', []);
    assert.deepEqual(terminals[0]?.args, ['run', '-it', 'localhost/starter']);
    assert.deepEqual(picks, []);
  });
});

describe('containers', () => {
  it('pause only what runs, and let go on only what is paused', async () => {
    const containers = [container(), container({ id: 'held', name: 'held', state: 'paused' })];
    const rows = [ROW, { kind: 'container', id: 'held' }] as const;
    const pause = await run('slipway.containers.pause', [ROW, rows], { containers });
    assert.deepEqual(pause.requests, [['slipway/containers/pause', { container: CONTAINER_ID }]]);
    const unpause = await run('slipway.containers.unpause', [ROW, rows], { containers });
    assert.deepEqual(unpause.requests, [['slipway/containers/unpause', { container: 'held' }]]);
    const none = await run('slipway.containers.unpause', [], { containers: [container()] });
    assert.deepEqual(none.informed, ['No container is paused.']);
  });

  it('restart what is not damaged, and send the signal that is picked to what runs', async () => {
    const waiting = container({ id: 'waits', name: 'waits', state: 'restarting' });
    const containers = [container(), waiting, container({ id: 'done', state: 'exited' })];
    const rows = [ROW, { kind: 'container', id: 'waits' }, { kind: 'container', id: 'done' }] as const;
    const restart = await run('slipway.containers.restart', [ROW, rows], { containers });
    assert.deepEqual(
      restart.requests.map(([method]) => method),
      Array(3).fill('slipway/containers/restart'),
    );
    const kill = await run('slipway.containers.kill', [ROW, rows], { containers, pick: [1] });
    assert.deepEqual(kill.requests, [
      ['slipway/containers/kill', { container: CONTAINER_ID, signal: 'SIGTERM' }],
      ['slipway/containers/kill', { container: 'waits', signal: 'SIGTERM' }],
    ]);
    assert.deepEqual((await run('slipway.containers.kill', [ROW, rows], { containers })).requests, [], 'gave up');
  });

  it('rename: asks with the old name in the box, and does nothing for the same one', async () => {
    const { requests, inputs } = await run('slipway.containers.rename', [ROW], { input: 'other' });
    assert.equal(inputs[0]?.value, 'brave_lamp');
    assert.match(inputs[0].problem('../x') ?? '', /letters, digits/);
    assert.equal(inputs[0].problem('web-1.x_y'), undefined);
    assert.deepEqual(requests, [['slipway/containers/rename', { container: CONTAINER_ID, name: 'other' }]]);
    assert.deepEqual((await run('slipway.containers.rename', [ROW], { input: 'brave_lamp' })).requests, []);
    const key = await run('slipway.containers.rename', [{ selection: true }], { input: 'other', selection: [ROW] });
    assert.equal(key.requests.length, 1);
  });

  it('snapshot and fork: ask for a name, which may be none', async () => {
    const kept = await run('slipway.containers.snapshot', [ROW], { input: 'clean' });
    assert.deepEqual(kept.requests, [['slipway/containers/snapshot', { container: CONTAINER_ID, name: 'clean' }]]);
    assert.equal(kept.inputs[0]?.problem(''), undefined);
    assert.match(kept.inputs[0]?.problem('../x') ?? '', /letters, digits/);
    const forked = await run('slipway.containers.fork', [ROW], { input: '' });
    assert.deepEqual(forked.requests, [['slipway/containers/fork', { container: CONTAINER_ID }]]);
  });

  it('rewind: to the snapshot that is picked; without one it says so', async () => {
    const snapshot = {
      id: 'a'.repeat(64),
      container: CONTAINER_ID,
      containerName: 'x',
      created: '2026-01-01T00:00:00Z',
      size: 5,
    };
    const answers = {
      'slipway/snapshots/list': () => [
        { ...snapshot, name: 'clean' },
        { ...snapshot, automatic: true },
      ],
    };
    const { requests, picks } = await run('slipway.containers.rewind', [ROW], { answers, pick: [0] });
    assert.deepEqual(
      picks[0]?.items.map(({ label }) => label),
      ['clean', 'Before the last rewind'],
    );
    assert.deepEqual(requests.at(-1), [
      'slipway/containers/rewind',
      { container: CONTAINER_ID, snapshot: snapshot.id, force: true },
    ]);
    const none = await run('slipway.containers.rewind', [ROW], { answers: { 'slipway/snapshots/list': () => [] } });
    assert.equal(none.requests.length, 1);
  });

  it('change limits: asks for each that is picked, with the present one in the box', async () => {
    const answers = { 'slipway/containers/inspect': () => ({ HostConfig: { Memory: 2 ** 29, PidsLimit: null } }) };
    const { requests, picks, hints } = await run('slipway.containers.changeLimits', [ROW], {
      answers,
      pick: [0, 1],
      input: '64m',
    });
    assert.deepEqual(
      picks[0]?.items.map(({ description }) => description),
      ['512m', 'no limit', 'no limit'],
    );
    // 64m is no number of CPUs: nothing is changed by halves.
    assert.deepEqual(
      requests.map(([method]) => method),
      ['slipway/containers/inspect'],
    );
    assert.deepEqual(hints, []);
    const memory = await run('slipway.containers.changeLimits', [ROW], { answers, pick: [0], input: '64m' });
    assert.deepEqual(memory.requests.at(-1), [
      'slipway/containers/update',
      { container: CONTAINER_ID, limits: { memory: 2 ** 26 } },
    ]);
    assert.deepEqual(memory.hints, ['Limits of brave_lamp changed']);
  });

  it('stop only what runs', async () => {
    const containers = [container(), container({ id: 'done', state: 'exited' })];
    const { requests } = await run('slipway.containers.stop', [ROW, [ROW, { kind: 'container', id: 'done' }]], {
      containers,
    });
    assert.deepEqual(requests, [['slipway/containers/stop', { container: CONTAINER_ID }]]);
  });

  it('offer from the palette what the command makes sense for', async () => {
    const containers = [container(), container({ id: 'done', name: 'done', state: 'exited', exitCode: 0 })];
    const stop = await run('slipway.containers.stop', [], { containers, pick: [0] });
    assert.deepEqual(
      stop.picks[0]?.items.map(({ label }) => label),
      ['brave_lamp'],
    );
    const start = await run('slipway.containers.start', [], { containers, pick: [0] });
    assert.deepEqual(start.requests, [['slipway/containers/start', { container: 'done' }]]);
    const none = await run('slipway.containers.shell', [], { containers: [] });
    assert.deepEqual(none.informed, ['No container is running.']);
  });

  it('ask before they are removed, and force only what was running', async () => {
    const { confirmations, requests } = await run('slipway.containers.remove', [ROW]);
    assert.deepEqual(confirmations, ['Stop and remove brave_lamp?']);
    assert.deepEqual(requests, [['slipway/containers/remove', { container: CONTAINER_ID, force: true }]]);
    const exited = [container({ state: 'exited' })];
    const gone = await run('slipway.containers.remove', [ROW], { containers: exited });
    assert.deepEqual(gone.confirmations, ['Remove brave_lamp?']);
    assert.deepEqual(gone.requests, [['slipway/containers/remove', { container: CONTAINER_ID, force: false }]]);
  });

  it('stay when the answer is no, and go without a question when it was asked before', async () => {
    assert.deepEqual((await run('slipway.containers.remove', [ROW], { confirm: false })).requests, []);
    const confirmed = await run('slipway.containers.remove', [{ ...ROW, confirmed: true }]);
    assert.deepEqual(confirmed.confirmations, []);
    assert.equal(confirmed.requests.length, 1);
  });

  it('removed ones can be had back by one button, where the server keeps them', async () => {
    const answers = { 'slipway/containers/remove': () => ({ id: CONTAINER_ID, restorable: true }) };
    const { offers } = await run('slipway.containers.remove', [ROW], { answers });
    const undo = { command: 'slipway.containers.restore', args: [[CONTAINER_ID]] };
    assert.deepEqual(offers, [{ message: 'Removed brave_lamp.', action: 'Undo', ...undo }]);
    assert.deepEqual((await run('slipway.containers.restore', [[CONTAINER_ID]])).requests, [
      ['slipway/containers/restore', { container: CONTAINER_ID }],
    ]);
    const lost = { 'slipway/containers/remove': () => ({ id: CONTAINER_ID, restorable: false }) };
    assert.deepEqual((await run('slipway.containers.remove', [ROW], { answers: lost })).offers, []);
  });

  it('removed ones are offered with their time, the last removed first', async () => {
    const removed = [container({ name: 'gone', id: 'gone' }), container({ name: 'older', id: 'older' })];
    const answers = { 'slipway/containers/removed': () => removed.map((one) => ({ ...one, removed: one.created })) };
    const { picks, requests } = await run('slipway.containers.restore', [], { answers, pick: [1] });
    assert.deepEqual(
      picks[0]?.items.map(({ label }) => label),
      ['gone', 'older'],
    );
    assert.deepEqual(requests.at(-1), ['slipway/containers/restore', { container: 'older' }]);
    const none = { 'slipway/containers/removed': () => [] };
    const nothing = await run('slipway.containers.restore', [], { answers: none });
    assert.deepEqual(nothing.informed, ['No removed container can be restored.']);
  });

  it('that have gone are an error with a sentence', async () => {
    await assert.rejects(run('slipway.containers.stop', [{ kind: 'container', id: 'ff'.repeat(32) }]), {
      message: 'find container ffffffffffff: it is gone',
    });
  });

  it('report every one of several failures', async () => {
    const containers = [container(), container({ id: 'b' })];
    const answers = {
      'slipway/containers/stop': ({ container: id }: { container: string }) => {
        throw new Error(`stop ${id.slice(0, 2)}`);
      },
    };
    const rows = [ROW, { kind: 'container', id: 'b' }] as const;
    await assert.rejects(run('slipway.containers.stop', [ROW, rows], { containers, answers }), AggregateError);
  });

  it('take the selection from a key', async () => {
    const { copied } = await run('slipway.containers.copyId', [{ selection: true }], { selection: [ROW] });
    assert.deepEqual(copied, [CONTAINER_ID]);
  });

  it('open terminals for shell, attach and logs', async () => {
    const shell = await run('slipway.containers.shell', [ROW]);
    assert.deepEqual(shell.terminals[0]?.args.slice(0, 5), ['exec', '-it', CONTAINER_ID, 'sh', '-c']);
    assert.deepEqual((await run('slipway.containers.attach', [ROW])).terminals[0]?.args, ['attach', CONTAINER_ID]);
    const logs = await run('slipway.containers.logs', [ROW]);
    assert.deepEqual(logs.terminals[0]?.args, ['logs', '-f', CONTAINER_ID]);
    assert.equal(logs.terminals[0].hold, 'always');
  });

  it('open terminals for processes and statistics, one for several containers', async () => {
    const processes = await run('slipway.containers.processes', [ROW]);
    assert.deepEqual(processes.terminals[0]?.args, ['top', CONTAINER_ID]);
    assert.equal(processes.terminals[0].hold, 'always');
    const containers = [container(), container({ id: 'b' })];
    const rows = [ROW, { kind: 'container', id: 'b' }] as const;
    const { terminals } = await run('slipway.containers.stats', [ROW, rows], { containers });
    assert.deepEqual(
      terminals.map(({ args, name }) => [name, args]),
      [['Statistics', ['stats', CONTAINER_ID, 'b']]],
    );
    const stopped = { containers: [container({ state: 'exited' })] };
    assert.deepEqual((await run('slipway.containers.processes', [], stopped)).informed, ['No container is running.']);
  });

  it('show what happens in a terminal', async () => {
    const { terminals } = await run('slipway.system.events', []);
    assert.deepEqual(terminals[0]?.args, ['events', '--since', '1h']);
  });

  it('use the shell of the settings', () => {
    assert.deepEqual(shellCommand(' zsh '), ['zsh']);
    assert.equal(shellCommand('')[0], 'sh');
  });
});

describe('images', () => {
  it('that can be pulled again are removed without a question', async () => {
    const { confirmations, requests } = await run('slipway.images.remove', [IMAGE_ROW]);
    assert.deepEqual(confirmations, []);
    assert.deepEqual(requests, [['slipway/images/remove', { image: IMAGE_ROW.reference }]]);
  });

  it('that exist only here are asked about', async () => {
    const images = [image({ repoDigests: [] })];
    const { confirmations, requests } = await run('slipway.images.remove', [IMAGE_ROW], { images, confirm: false });
    assert.deepEqual(confirmations, ['Remove alpine:latest?']);
    assert.deepEqual(requests, []);
  });

  it('are inspected and their ids copied', async () => {
    assert.deepEqual((await run('slipway.images.inspect', [IMAGE_ROW])).inspected, [{ kind: 'image', id: IMAGE_ID }]);
    assert.deepEqual((await run('slipway.images.copyId', [IMAGE_ROW])).copied, [IMAGE_ID]);
  });
});

describe('logins', () => {
  const answers = {
    'slipway/registries/login': () => ({ host: 'registry.example:5000', path: '/home/ann/.docker/config.json' }),
    'slipway/registries/list': () => ['docker.io', 'registry.example:5000'],
    'slipway/registries/logout': () => ({ host: 'docker.io', removed: true }),
  };

  it('ask for registry, user name and password, the last one in secret, and warn where it is kept openly', async () => {
    const { requests, inputs, informed } = await run('slipway.registries.login', [], {
      answers,
      input: ['registry.example:5000', 'ann', ' pass word '],
    });
    assert.deepEqual(
      inputs.map(({ password }) => password ?? false),
      [false, false, true],
    );
    assert.deepEqual(requests, [
      ['slipway/registries/login', { server: 'registry.example:5000', username: 'ann', password: ' pass word ' }],
    ]);
    assert.match(informed[0] ?? '', /unencrypted in \/home\/ann/);
  });

  it('are not sent when the person gives up half-way', async () => {
    for (const input of [[], ['x.example'], ['x.example', 'ann']])
      assert.deepEqual((await run('slipway.registries.login', [], { answers, input })).requests, []);
  });

  it('end with a pick of those there are', async () => {
    const { requests, hints } = await run('slipway.registries.logout', [], { answers, pick: [0] });
    assert.deepEqual(requests.at(-1), ['slipway/registries/logout', { server: 'docker.io' }]);
    assert.deepEqual(hints, ['Logged out of docker.io']);
    const none = await run('slipway.registries.logout', [], { answers: { 'slipway/registries/list': () => [] } });
    assert.deepEqual(none.informed, ['There is no login.']);
  });
});

describe('files of containers', () => {
  const committed = { 'slipway/containers/commit': () => ({ imageId: IMAGE_ID, skipped: ['run/socket'] }) };

  it('commit asks for a name, which is the container’s at first', async () => {
    const { requests, inputs, hints, informed } = await run('slipway.containers.commit', [ROW], {
      input: 'team/app:1',
      answers: committed,
    });
    assert.equal(inputs[0]?.value, 'brave_lamp:latest');
    assert.equal(inputs[0].problem('Bad'), 'A repository has no capital letters.');
    assert.deepEqual(requests, [['slipway/containers/commit', { container: CONTAINER_ID, reference: 'team/app:1' }]]);
    assert.deepEqual(hints, ['team/app:1 is an image of brave_lamp']);
    assert.deepEqual(informed, ['Sockets are not in the image: run/socket']);
    assert.deepEqual((await run('slipway.containers.commit', [ROW])).requests, []);
  });

  it('export asks where to', async () => {
    const { requests, saved, hints } = await run('slipway.containers.export', [ROW], { file: '/home/me/lamp.tar' });
    assert.deepEqual(saved, ['brave_lamp.tar']);
    assert.deepEqual(requests, [['slipway/containers/export', { container: CONTAINER_ID, file: '/home/me/lamp.tar' }]]);
    assert.deepEqual(hints, ['brave_lamp was exported to /home/me/lamp.tar']);
    assert.deepEqual((await run('slipway.containers.export', [ROW])).requests, []);
  });

  it('changes are a document; none of it is offered for a dead container', async () => {
    assert.deepEqual((await run('slipway.containers.changes', [ROW])).changesOf, [CONTAINER_ID]);
    const dead = { containers: [container({ state: 'dead' })] };
    assert.deepEqual((await run('slipway.containers.changes', [], dead)).informed, ['There are no containers.']);
  });
});
