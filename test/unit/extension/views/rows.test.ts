import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Target } from '../../../../extension/contributions.ts';
import { Model } from '../../../../extension/model/model.ts';
import { containerRow, containerTargets, containerTooltip } from '../../../../extension/views/containers.ts';
import { imageRow, imageTargets, imageTooltip } from '../../../../extension/views/images.ts';
import { containerSource, imageSource, volumeSource } from '../../../../extension/views/sources.ts';
import { volumeRow, volumeTargets, volumeTooltip } from '../../../../extension/views/volumes.ts';
import { container, CONTAINER_ID, ENGLISH, image, IMAGE_ID, volume } from '../fixtures.ts';

const NOW = Date.parse('2026-01-22T00:00:00Z');
const REFERENCE = 'docker.io/library/alpine:latest';
const context = { reference: REFERENCE, containers: [], now: NOW, l10n: ENGLISH };

function filled(): Model {
  const model = new Model({ onReloadFailed: () => undefined });
  model.images.replaceAll([image()]);
  model.containers.replaceAll([container()]);
  return model;
}

describe('image rows', () => {
  it('show name, size and age', () => {
    assert.deepEqual(imageRow(image(), context), {
      id: `image:${IMAGE_ID}:${REFERENCE}`,
      label: 'alpine:latest',
      description: '7.83 MB · 3 weeks ago',
      icon: { name: 'layers' },
      contextValue: 'image',
      accessibilityLabel: 'Image alpine:latest, 7.83 MB, 3 weeks ago',
    });
  });

  it('mark an image in use by icon and words', () => {
    const row = imageRow(image(), { ...context, containers: ['brave_lamp'] });
    assert.equal(row.icon.name, 'layers-active');
    assert.equal(row.contextValue, 'image inUse');
    assert.match(row.accessibilityLabel, /in use by brave_lamp/);
  });

  it('name a dangling image by its repository or id', () => {
    const dangling = image({ references: [] });
    assert.equal(imageRow(dangling, { ...context, reference: undefined }).label, 'alpine@a1b2c3d4e5f6');
    const nameless = image({ references: [], repoDigests: [] });
    assert.equal(imageRow(nameless, { ...context, reference: undefined }).label, '<none> a1b2c3d4e5f6');
    assert.equal(imageRow(nameless, { ...context, reference: undefined }).contextValue, 'image dangling');
  });

  it('come one per reference, by name, dangling ones last', () => {
    const model = filled();
    model.images.replaceAll([
      image({ id: 'd', references: [] }),
      image({ id: 'b', references: ['ghcr.io/x/y:1', 'docker.io/library/busybox:1'] }),
      image({ id: 'a' }),
    ]);
    assert.deepEqual(
      imageTargets(model).map(({ id, reference }) => `${id} ${reference}`),
      ['a docker.io/library/alpine:latest', 'b docker.io/library/busybox:1', 'b ghcr.io/x/y:1', 'd undefined'],
    );
  });

  it('leave out what a tooltip has no value for', () => {
    const lines = imageTooltip(image({ created: '1970-01-01T00:00:00Z' }), context);
    assert.deepEqual(
      lines.find(([name]) => name === 'Created'),
      ['Created', ''],
    );
    assert.deepEqual(
      lines.find(([name]) => name === 'Platform'),
      ['Platform', 'linux/amd64'],
    );
  });
});

describe('container rows', () => {
  it('show name, image and state in icon and text; the id has no state', () => {
    assert.deepEqual(containerRow(container(), ENGLISH), {
      id: `container:${CONTAINER_ID}`,
      label: 'brave_lamp',
      description: 'running · alpine',
      icon: { name: 'vm-running', color: 'charts.green' },
      contextValue: 'container running tty interactive',
      accessibilityLabel: 'Container brave_lamp, image alpine, running',
    });
    const exited = containerRow(container({ state: 'exited', exitCode: 3, tty: false, interactive: false }), ENGLISH);
    assert.equal(exited.description, 'exited (3) · alpine');
    assert.equal(exited.contextValue, 'container exited');
    assert.equal(exited.icon.name, 'vm-outline');
  });

  it('say that a container is started again, or goes', () => {
    const restarting = containerRow(container({ state: 'restarting', exitCode: 1 }), ENGLISH);
    assert.deepEqual(
      [restarting.description, restarting.icon.name, restarting.contextValue],
      ['restarting (1) · alpine', 'sync', 'container restarting tty interactive'],
    );
    assert.equal(containerRow(container({ state: 'removing' }), ENGLISH).description, 'being removed · alpine');
  });

  it('say how a running container is, in words and icon', () => {
    const row = (health: 'starting' | 'healthy' | 'unhealthy'): string => {
      const { description, icon } = containerRow(container({ health }), ENGLISH);
      return `${description} ${icon.name} ${icon.color ?? ''}`;
    };
    assert.equal(row('starting'), 'running, health not known yet · alpine vm-running charts.yellow');
    assert.equal(row('healthy'), 'running, healthy · alpine vm-running charts.green');
    assert.equal(row('unhealthy'), 'running, unhealthy · alpine warning list.warningForeground');
  });

  it('show a start that failed', () => {
    const row = containerRow(container({ state: 'created', error: 'exec /nope: not found' }), ENGLISH);
    assert.equal(row.description, 'failed to start · alpine');
    assert.equal(row.icon.name, 'error');
    const lines = containerTooltip(container({ state: 'created', error: 'exec /nope: not found' }), ENGLISH);
    assert.deepEqual(
      lines.find(([name]) => name === 'Last failure'),
      ['Last failure', 'exec /nope: not found'],
    );
  });

  it('come newest first and keep their place when the state changes', () => {
    const model = filled();
    model.containers.replaceAll([
      container({ id: 'old', created: '2026-01-01T00:00:00Z' }),
      container({ id: 'new', created: '2026-03-01T00:00:00Z' }),
    ]);
    const order = (): readonly string[] => containerTargets(model).map(({ id }) => id);
    assert.deepEqual(order(), ['new', 'old']);
    model.containers.put('new', container({ id: 'new', created: '2026-03-01T00:00:00Z', state: 'exited' }));
    assert.deepEqual(order(), ['new', 'old']);
  });
});

describe('row sources', () => {
  it('refresh one container row for a change of state, the list when one comes or goes', () => {
    const model = filled();
    const changes: (readonly Target[] | undefined)[] = [];
    containerSource({ model, l10n: ENGLISH }).onDidChange((change) => changes.push(change));
    model.containers.put(CONTAINER_ID, container({ state: 'exited' }));
    model.containers.put(CONTAINER_ID, undefined);
    assert.deepEqual(changes, [[{ kind: 'container', id: CONTAINER_ID }], undefined]);
  });

  it('refresh an image row only when its use changes', () => {
    const model = filled();
    const source = imageSource({ model, l10n: ENGLISH, now: () => NOW });
    const target = { kind: 'image', id: IMAGE_ID, reference: REFERENCE } as const;
    assert.equal(source.row(target)?.contextValue, 'image inUse');
    const changes: (readonly Target[] | undefined)[] = [];
    source.onDidChange((change) => changes.push(change));
    model.containers.put(CONTAINER_ID, container({ state: 'exited' }));
    assert.deepEqual(changes, []);
    model.containers.put(CONTAINER_ID, undefined);
    assert.deepEqual(changes, [[target]]);
    assert.equal(source.row(target)?.contextValue, 'image');
  });

  it('have no row for an object that has gone', () => {
    const source = containerSource({ model: filled(), l10n: ENGLISH });
    assert.equal(source.row({ kind: 'container', id: 'gone' }), undefined);
    assert.deepEqual(source.tooltip({ kind: 'container', id: 'gone' }), []);
  });
});

describe('volume rows', () => {
  const nameless = volume({ name: 'f'.repeat(64), anonymous: true });

  it('show the name and who uses it', () => {
    assert.deepEqual(volumeRow(volume(), ['web', 'db'], ENGLISH), {
      id: 'volume:data',
      label: 'data',
      description: 'in use by web, db',
      icon: { name: 'database', color: 'charts.blue' },
      contextValue: 'volume inUse',
      accessibilityLabel: 'Volume data, in use by web, db',
    });
    const row = volumeRow(nameless, [], ENGLISH);
    assert.deepEqual(
      [row.label, row.description, row.contextValue],
      ['f'.repeat(12), 'anonymous · not used', 'volume'],
    );
    const lines = new Map(volumeTooltip(volume({ labels: { a: 'b', c: '' } }), [], ENGLISH));
    assert.deepEqual([lines.get('Labels'), lines.get('Files')], ['a=b, c', '/volumes/data/data']);
  });

  it('come by name, those without one last', () => {
    const model = filled();
    model.volumes.replaceAll([nameless, volume({ name: 'b2' }), volume({ name: 'a1' })]);
    assert.deepEqual(
      volumeTargets(model).map(({ id }) => id.slice(0, 2)),
      ['a1', 'b2', 'ff'],
    );
  });

  it('change with the containers that use them, and only then', () => {
    const model = filled();
    model.volumes.replaceAll([volume(), volume({ name: 'other' })]);
    const source = volumeSource({ model, l10n: ENGLISH });
    for (const target of source.targets()) source.row(target);
    const changes: unknown[] = [];
    source.onDidChange((targets) => changes.push(targets));
    model.containers.put(CONTAINER_ID, container({ volumes: ['data'] }));
    assert.deepEqual(changes, [[{ kind: 'volume', id: 'data' }]]);
    source.row({ kind: 'volume', id: 'data' });
    model.containers.put(CONTAINER_ID, container({ volumes: ['data'], state: 'exited' }));
    assert.equal(changes.length, 1);
    model.volumes.put('other', undefined);
    assert.equal(changes.at(-1), undefined);
    assert.equal(source.row({ kind: 'volume', id: 'other' }), undefined);
    source.dispose();
  });
});
