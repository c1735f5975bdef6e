import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commandTable } from '../../../../extension/commands/table.ts';
import { container, fakeServices, IMAGE_ID, type FakeOptions, type Recorded } from '../fixtures.ts';

type Command =
  | 'slipway.images.prune'
  | 'slipway.containers.prune'
  | 'slipway.system.usage'
  | 'slipway.system.check'
  | 'slipway.system.repair';

async function run(id: Command, options: FakeOptions): Promise<Recorded> {
  const { services, recorded } = fakeServices(options);
  await commandTable(services)[id]();
  return recorded;
}

const tagged = {
  id: IMAGE_ID,
  references: ['docker.io/library/alpine:latest'],
  size: 100,
  sharedSize: 40,
  containers: 0,
};
const untagged = { id: 'sha256:aaaaaaaaaaaabbbb', references: [], size: 10, sharedSize: 0, containers: 0 };
const used = { ...tagged, id: 'sha256:used', containers: 1 };

const withImages = (...images: readonly object[]): NonNullable<FakeOptions['answers']> => ({
  'slipway/system/usage': () => ({ images }),
  'slipway/images/prune': () => ({ untagged: [], deleted: [], freed: 1_500_000 }),
});

describe('remove unused images', () => {
  it('offers two ways with their sizes, names what goes, and says what is free', async () => {
    const recorded = await run('slipway.images.prune', { answers: withImages(tagged, untagged, used), pick: [1] });
    assert.deepEqual(
      recorded.picks[0]?.items.map(({ label, description }) => [label, description]),
      [
        ['Images without a tag', 'one image, 10 bytes'],
        ['All images without a container', '2 images, 70 bytes'],
      ],
    );
    assert.deepEqual(recorded.confirmations, ['Remove these 2?']);
    assert.deepEqual(recorded.requests.at(-1), ['slipway/images/prune', { all: true }]);
    assert.deepEqual(recorded.hints, ['1.5 MB freed']);
  });

  it('removes nothing without a yes, and asks nothing when every image has a container', async () => {
    const declined = await run('slipway.images.prune', { answers: withImages(untagged), pick: [0], confirm: false });
    assert.deepEqual(declined.confirmations, ['Remove aaaaaaaaaaaa?']);
    assert.equal(declined.requests.length, 1);
    const none = await run('slipway.images.prune', { answers: withImages(used) });
    assert.deepEqual([none.informed, none.picks], [['Every image has a container.'], []]);
  });
});

describe('remove stopped containers', () => {
  it('is about those that don’t run', async () => {
    const containers = [container(), container({ id: 'b', name: 'old', state: 'exited' })];
    const answers = { 'slipway/containers/prune': () => ({ deleted: ['b'], freed: 0 }) };
    const recorded = await run('slipway.containers.prune', { containers, answers });
    assert.deepEqual(recorded.confirmations, ['Remove old?']);
    assert.deepEqual(recorded.requests, [['slipway/containers/prune', {}]]);
    const none = await run('slipway.containers.prune', { containers: [container({ state: 'paused' })] });
    assert.deepEqual([none.requests, none.informed], [[], ['There are no stopped containers.']]);
  });
});

describe('storage', () => {
  const problem = { kind: 'blob', digest: 'sha256:a', images: [], problem: 'is missing', repaired: false };

  it('opens the page, with what a check has found', async () => {
    assert.deepEqual((await run('slipway.system.usage', {})).reports, [undefined]);
    const report = { problems: [problem] };
    const checked = await run('slipway.system.check', { answers: { 'slipway/system/check': () => report } });
    assert.deepEqual([checked.requests, checked.reports], [[['slipway/system/check', { repair: false }]], [report]]);
    const repaired = await run('slipway.system.repair', { answers: { 'slipway/system/check': () => report } });
    assert.deepEqual(repaired.requests, [['slipway/system/check', { repair: true }]]);
  });

  it('says in a line that nothing is wrong', async () => {
    const answers = { 'slipway/system/check': () => ({ problems: [] }) };
    const { hints, reports } = await run('slipway.system.check', { answers });
    assert.deepEqual([hints, reports], [['Slipway’s storage is as it should be'], []]);
  });
});
