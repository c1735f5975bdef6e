import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Model } from '../../../../extension/model/model.ts';
import { Usage } from '../../../../extension/model/usage.ts';
import { type ContainerSummary } from '../../../../runtime-server/protocol/models.ts';
import { container, CONTAINER_ID, fakeLink, image, IMAGE_ID, volume, type FakeLink } from '../fixtures.ts';

interface World {
  readonly model: Model;
  readonly link: FakeLink;
  readonly lists: () => number;
  readonly failures: unknown[];
}

function world(listContainers: () => unknown): World {
  let lists = 0;
  const failures: unknown[] = [];
  const link = fakeLink((method) => {
    if (method === 'slipway/images/list') return [image()];
    if (method === 'slipway/volumes/list') return [volume()];
    lists += 1;
    return listContainers();
  });
  const model = new Model({ onReloadFailed: (error) => failures.push(error) });
  model.attach(link);
  return { model, link, lists: () => lists, failures };
}

function event(sequence: number, changed: ContainerSummary | undefined, epoch = 'one'): unknown {
  return {
    type: 'container',
    action: 'update',
    id: CONTAINER_ID,
    sequence,
    epoch,
    time: '',
    ...(changed === undefined ? {} : { container: changed }),
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('model', () => {
  it('lists once however often it is loaded', async () => {
    const { model, lists } = world(() => [container()]);
    await Promise.all([model.load(), model.load()]);
    await model.load();
    assert.equal(lists(), 1);
    assert.equal(model.images.get(IMAGE_ID)?.size, 7_834_567);
  });

  it('follows pushed events row by row', async () => {
    const { model, link } = world(() => [container()]);
    await model.load();
    const changes: unknown[] = [];
    model.containers.onDidChange((change) => changes.push(change));
    link.notify('slipway/event', event(7, container({ state: 'exited', exitCode: 0 })));
    assert.equal(model.containers.get(CONTAINER_ID)?.state, 'exited');
    link.notify('slipway/event', event(8, undefined));
    assert.equal(model.containers.get(CONTAINER_ID), undefined);
    assert.deepEqual(changes, [
      { ids: [CONTAINER_ID], membership: false },
      { ids: [CONTAINER_ID], membership: true },
    ]);
  });

  it('keeps what an event said although an older list arrives after it', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly ContainerSummary[]>();
    const { model, link } = world(() => promise);
    const loading = model.load();
    link.notify('slipway/event', event(1, container({ state: 'exited' })));
    resolve([container({ state: 'running' })]);
    await loading;
    assert.equal(model.containers.get(CONTAINER_ID)?.state, 'exited');
  });

  it('lists again after a gap and after a new epoch', async () => {
    const { model, link, lists } = world(() => [container()]);
    await model.load();
    link.notify('slipway/event', event(1, container()));
    link.notify('slipway/event', event(3, container({ state: 'dead' })));
    await settled();
    assert.equal(lists(), 2);
    assert.equal(model.containers.get(CONTAINER_ID)?.state, 'running');
    link.notify('slipway/event', event(4, container(), 'two'));
    await settled();
    assert.equal(lists(), 3);
  });

  it('waits for the later of two lists', async () => {
    const answers = [
      Promise.withResolvers<readonly ContainerSummary[]>(),
      Promise.withResolvers<readonly ContainerSummary[]>(),
    ];
    let asked = 0;
    const { model } = world(() => answers[asked++]!.promise);
    const first = model.load();
    const second = model.reload();
    answers[1]!.resolve([container({ name: 'new' })]);
    await second;
    answers[0]!.resolve([container({ name: 'old' })]);
    await first;
    assert.equal(model.containers.get(CONTAINER_ID)?.name, 'new');
  });

  it('can be loaded again after a failed list', async () => {
    let fail = true;
    const { model } = world(() => (fail ? Promise.reject(new Error('gone')) : [container()]));
    await assert.rejects(model.load(), /gone/);
    fail = false;
    await model.load();
    assert.equal(model.containers.all().length, 1);
  });

  it('ignores the events and answers of a former connection', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly ContainerSummary[]>();
    const { model, link } = world(() => promise);
    const old = model.load();
    const next = fakeLink((method) => (method === 'slipway/containers/list' ? [container({ name: 'next' })] : []));
    model.attach(next);
    await model.load();
    resolve([container({ name: 'old' })]);
    await old;
    link.notify('slipway/event', event(1, undefined));
    assert.equal(model.containers.get(CONTAINER_ID)?.name, 'next');
  });
});

describe('volumes of the model', () => {
  it('come and go with their events, and are not touched by others', async () => {
    const { model, link } = world(() => []);
    await model.load();
    assert.deepEqual(
      model.volumes.all().map(({ id }) => id),
      ['data'],
    );
    const tell = (sequence: number, action: string, more: object): void => {
      link.notify('slipway/event', {
        type: 'volume',
        action,
        sequence,
        epoch: 'one',
        time: '',
        attributes: {},
        ...more,
      });
    };
    tell(1, 'create', { id: 'new', volume: volume({ name: 'new' }) });
    tell(2, 'mount', { id: 'data' });
    tell(3, 'prune', { id: '' });
    assert.deepEqual(
      model.volumes.all().map(({ id }) => id),
      ['data', 'new'],
    );
    tell(4, 'destroy', { id: 'data' });
    assert.equal(model.volumes.get('data'), undefined);
  });
});

describe('image usage', () => {
  it('names the containers of an image and follows them', () => {
    const model = new Model({ onReloadFailed: () => undefined });
    const usage = new Usage(model.containers, ({ imageId }) => [imageId]);
    model.containers.replaceAll([container({ name: 'b' }), container({ id: 'x', name: 'a' })]);
    assert.deepEqual(usage.names(IMAGE_ID), ['a', 'b']);
    model.containers.put('x', undefined);
    assert.deepEqual(usage.names(IMAGE_ID), ['b']);
    assert.deepEqual(usage.names('sha256:none'), []);
  });
});
