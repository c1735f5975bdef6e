import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { guarded } from '../../../../extension/commands/guarded.ts';
import { commandTable, NEEDS_TRUST } from '../../../../extension/commands/table.ts';
import type { CommandId, CommandTable } from '../../../../extension/contributions.ts';
import { fakeServices } from '../fixtures.ts';

/** Which commands reach their handlers, and how often the person is told why not. */
async function reached(isTrusted: boolean): Promise<{ readonly ids: readonly string[]; readonly told: number }> {
  const { services } = fakeServices({});
  const ids: string[] = [];
  let told = 0;
  const all = Object.keys(commandTable(services)) as CommandId[];
  const table = Object.fromEntries(
    all.map((id) => [id, () => Promise.resolve(ids.push(id))]),
  ) as unknown as CommandTable;
  const notices = {
    untrusted: () => void (told += 1),
    failed: (error: unknown) => {
      assert.ifError(error);
    },
  };
  for (const id of all) await guarded(id, table, { trust: { isTrusted } }, notices)();
  return { ids, told };
}

describe('a workspace that is not trusted', () => {
  it('runs no program: neither a new container, nor a stopped one, nor in a running one', async () => {
    const trusted = await reached(true);
    const untrusted = await reached(false);
    const kept = trusted.ids.filter((id) => !untrusted.ids.includes(id));
    assert.deepEqual(kept.sort(), [
      'slipway.containers.attach',
      'slipway.containers.restart',
      'slipway.containers.shell',
      'slipway.containers.start',
      'slipway.images.run',
      'slipway.images.runInteractive',
      'slipway.starter.run',
    ]);
    assert.deepEqual([trusted.told, untrusted.told], [0, NEEDS_TRUST.size]);
  });
});
