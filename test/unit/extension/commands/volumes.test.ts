import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commandTable } from '../../../../extension/commands/table.ts';
import { type CommandId } from '../../../../extension/contributions.ts';
import { container, fakeServices, volume, type FakeOptions, type Recorded } from '../fixtures.ts';

type VolumeCommand = Extract<CommandId, `slipway.volumes.${string}`>;

async function run(id: VolumeCommand, options: FakeOptions, ...args: readonly unknown[]): Promise<Recorded> {
  const { services, recorded } = fakeServices(options);
  const handler = commandTable(services)[id] as unknown as (...args: readonly unknown[]) => Promise<void>;
  await handler(...args);
  return recorded;
}

const row = (id: string): unknown => ({ kind: 'volume', id });
const NAMELESS = 'f'.repeat(64);
const data = volume();
const nameless = volume({ name: NAMELESS, anonymous: true });
const used = volume({ name: 'used' });
const holder = container({ name: 'web', volumes: ['used'] });

describe('volume commands', () => {
  it('make one of a name that docker takes, and show it', async () => {
    const recorded = await run('slipway.volumes.create', { input: 'cache' });
    assert.deepEqual(recorded.requests, [['slipway/volumes/create', { name: 'cache' }]]);
    assert.deepEqual(recorded.revealed, [{ kind: 'volume', id: 'cache' }]);
    assert.equal(recorded.inputs[0]?.problem('cache'), undefined);
    for (const bad of ['a', '../x', 'a b']) assert.notEqual(recorded.inputs[0]?.problem(bad), undefined, bad);
    assert.deepEqual((await run('slipway.volumes.create', {})).requests, []);
  });

  it('inspect, copy and remove what they are called with', async () => {
    const volumes = [data, nameless];
    assert.deepEqual((await run('slipway.volumes.inspect', { volumes }, row('data'))).inspected, [row('data')]);
    const copied = await run('slipway.volumes.copyName', { volumes }, row(NAMELESS), [row(NAMELESS), row('data')]);
    assert.deepEqual([copied.copied, copied.hints], [[`${NAMELESS}\ndata`], ['Copied']]);
    const removed = await run('slipway.volumes.remove', { volumes }, row('data'));
    assert.deepEqual(removed.confirmations, ['Remove data?']);
    assert.deepEqual(removed.requests, [['slipway/volumes/remove', { name: 'data' }]]);
    assert.deepEqual((await run('slipway.volumes.remove', { volumes, confirm: false }, row('data'))).requests, []);
    await assert.rejects(run('slipway.volumes.remove', { volumes }, row('gone')), /it is gone/);
  });

  it('offer those that no container has', async () => {
    const options = { volumes: [used, nameless, data], containers: [holder], pick: [1] };
    const { picks, requests } = await run('slipway.volumes.remove', options);
    assert.deepEqual(
      picks[0]?.items.map(({ label }) => label),
      ['data', 'ffffffffffff'],
    );
    assert.deepEqual(requests, [['slipway/volumes/remove', { name: NAMELESS }]]);
    const none = await run('slipway.volumes.remove', { volumes: [used], containers: [holder] });
    assert.deepEqual(none.informed, ['There are no unused volumes.']);
  });

  it('remove unused ones in two ways, after a question that names them', async () => {
    const answers = { 'slipway/volumes/prune': () => ({ deleted: [], freed: 2_000 }) };
    const options = { volumes: [used, nameless, data], containers: [holder], answers };
    const all = await run('slipway.volumes.prune', { ...options, pick: [1] });
    assert.deepEqual(
      all.picks[0]?.items.map(({ label, description }) => [label, description]),
      [
        ['Volumes without a name', '1'],
        ['All volumes without a container', '2'],
      ],
    );
    assert.deepEqual(all.confirmations, ['Remove these 2?']);
    assert.deepEqual([all.requests, all.hints], [[['slipway/volumes/prune', { all: true }]], ['2 kB freed']]);
    const declined = await run('slipway.volumes.prune', { ...options, pick: [0], confirm: false });
    assert.deepEqual([declined.confirmations, declined.requests], [['Remove ffffffffffff?'], []]);
    const none = await run('slipway.volumes.prune', { volumes: [used], containers: [holder] });
    assert.deepEqual([none.picks, none.informed], [[], ['There are no unused volumes.']]);
  });
});
