// Saving, loading and importing images: dialogs, requests, what is shown afterwards.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commandTable } from '../../../../extension/commands/table.ts';
import { fakeServices, image, IMAGE_ID, type FakeOptions, type Recorded } from '../fixtures.ts';

const ROW = { kind: 'image', id: IMAGE_ID, reference: 'docker.io/library/alpine:latest' } as const;
const REFERENCE = 'docker.io/library/loaded:1';

async function run(
  id: 'slipway.images.save' | 'slipway.images.load' | 'slipway.images.import',
  args: readonly unknown[],
  options: FakeOptions = {},
): Promise<Recorded> {
  const { services, recorded } = fakeServices({ images: [image()], ...options });
  const handler = commandTable(services)[id] as unknown as (...given: readonly unknown[]) => Promise<void>;
  await handler(...args);
  return recorded;
}

const sent = ({ requests }: Recorded): readonly unknown[] =>
  requests.map(([method, params]) => [method, { ...(params as object), operation: undefined }]);

describe('archives', () => {
  it('save writes the selected images into the chosen file', async () => {
    const other = { kind: 'image', id: 'sha256:other', reference: 'docker.io/library/other:1' } as const;
    const images = [image(), image({ id: other.id, references: [other.reference] })];
    const recorded = await run('slipway.images.save', [ROW, [ROW, other]], { images, file: '/home/me/a.tar' });
    assert.deepEqual(sent(recorded), [
      [
        'slipway/images/save',
        { images: [ROW.reference, other.reference], file: '/home/me/a.tar', operation: undefined },
      ],
    ]);
    assert.deepEqual(recorded.hints, ['Saved in /home/me/a.tar']);
  });

  it('save asks for images from the palette, and does nothing without a file', async () => {
    const recorded = await run('slipway.images.save', [], { pick: [0] });
    assert.equal(recorded.picks.length, 1);
    assert.deepEqual(recorded.requests, []);
  });

  it('load takes each chosen file and shows the last image', async () => {
    const answers = {
      'slipway/images/load': ({ file }: { file: string }) => ({
        images:
          file === '/a.tar' ? [{ imageId: 'x' }] : [{ imageId: 'y' }, { imageId: IMAGE_ID, reference: REFERENCE }],
      }),
    };
    const recorded = await run('slipway.images.load', [], { files: ['/a.tar', '/b.tar'], answers });
    assert.equal(recorded.requests.length, 2);
    assert.deepEqual(recorded.revealed, [{ kind: 'image', id: IMAGE_ID, reference: REFERENCE }]);
    assert.deepEqual(recorded.hints, ['3 images loaded']);
    assert.deepEqual((await run('slipway.images.load', [])).requests, []);
  });

  it('tells of the archive’s bytes, then of its layers’', async () => {
    const name = 'slipway/images/archiveProgress';
    const notified = [
      [name, { phase: 'archive', current: 1000, total: 4000 }],
      [name, { phase: 'layers', current: 2000, total: 8000 }],
      [name, { phase: 'archive', current: 7 }],
    ] as const;
    const answers = { 'slipway/images/load': () => ({ images: [] }) };
    const { progress } = await run('slipway.images.load', [], { files: ['/a.tar'], answers, notified });
    assert.deepEqual(progress, [
      ['1 kB / 4 kB', 0.25],
      ['Extracting 2 kB / 8 kB', undefined],
      ['7 bytes', undefined],
    ]);
  });

  it('import asks for a file and a name', async () => {
    const answers = { 'slipway/images/import': () => ({ imageId: IMAGE_ID, reference: REFERENCE }) };
    const recorded = await run('slipway.images.import', [], { files: ['/r.tar'], input: 'loaded:1', answers });
    assert.deepEqual(sent(recorded), [
      ['slipway/images/import', { file: '/r.tar', reference: 'loaded:1', operation: undefined }],
    ]);
    assert.deepEqual(recorded.revealed, [{ kind: 'image', id: IMAGE_ID, reference: REFERENCE }]);
    assert.deepEqual((await run('slipway.images.import', [], { files: ['/r.tar'] })).requests, []);
  });
});
