import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEventBus, type EventBus } from '../../../runtime-server/src/engine/events.ts';

const NOW = (): Date => new Date('2026-01-01T00:00:00Z');

function start(bus: EventBus, name: string): void {
  const attributes = { name };
  bus.publish({ type: 'container', action: 'start', id: name, attributes, container: { command: ['long'] } as never });
}

/** The next `count` of a reader: names, and numbers of what was missed. */
async function next(reader: ReturnType<EventBus['read']>, count: number): Promise<(string | number)[]> {
  const found: (string | number)[] = [];
  while (found.length < count) {
    const { value } = await reader.next();
    if (value === undefined) return found;
    found.push(value.type === 'missed' ? value.count : value.id);
  }
  return found;
}

describe('event bus', () => {
  it('numbers events, and tells each listener until it goes', () => {
    const bus = createEventBus(NOW);
    const seen: number[] = [];
    const leave = bus.subscribe(({ sequence }) => seen.push(sequence));
    start(bus, 'a');
    start(bus, 'b');
    leave();
    start(bus, 'c');
    assert.deepEqual(seen, [1, 2]);
  });

  it('a reader gets what is kept, then what comes, at its own speed', async () => {
    const bus = createEventBus(NOW);
    start(bus, 'a');
    const leave = new AbortController();
    const reader = bus.read(leave.signal);
    assert.deepEqual(await next(reader, 1), ['a']);
    const waiting = next(reader, 2);
    start(bus, 'b');
    start(bus, 'c');
    assert.deepEqual(await waiting, ['b', 'c']);
    const more = reader.next();
    leave.abort();
    await assert.rejects(more, { name: 'AbortError' });
  });

  it('keeps so many at most, and a slow reader learns how many it has missed', async () => {
    const bus = createEventBus(NOW, { count: 3, bytes: 1e6 });
    start(bus, 'first');
    const reader = bus.read(new AbortController().signal);
    assert.deepEqual(await next(reader, 1), ['first']);
    for (const name of ['b', 'c', 'd', 'e', 'f']) start(bus, name);
    assert.deepEqual(await next(reader, 4), [2, 'd', 'e', 'f']);
  });

  it('keeps so many bytes at most, and no state', () => {
    const bus = createEventBus(NOW, { count: 1000, bytes: 2000 });
    for (let round = 0; round < 100; round++) start(bus, 'x'.repeat(100));
    const { events } = bus.since(epochOf(bus), 0);
    assert.ok(events.length > 1 && JSON.stringify(events).length < 2100, String(events.length));
    assert.ok(events.every((event) => !('container' in event)));
    start(bus, 'x'.repeat(10_000));
    const left = bus.since(epochOf(bus), 0).events.map(({ id }) => id);
    assert.deepEqual(left, ['probe'], 'one that is too large by itself is not kept');
  });

  it('gives what came after a number, and says whether that is all', () => {
    const bus = createEventBus(NOW, { count: 2, bytes: 1e6 });
    const epoch = epochOf(bus); // number 1
    for (const name of ['b', 'c']) start(bus, name);
    const ids = (sequence: number): unknown => {
      const { events, complete } = bus.since(epoch, sequence);
      return [events.map(({ id }) => id), complete];
    };
    assert.deepEqual(ids(1), [['b', 'c'], true]);
    assert.deepEqual(ids(2), [['c'], true]);
    assert.deepEqual(ids(3), [[], true]);
    assert.deepEqual(ids(0), [['b', 'c'], false]);
    assert.deepEqual(bus.since('another', 2), { events: [], complete: false });
    assert.deepEqual(bus.since(epoch, 99), { events: [], complete: false });
  });
});

/** Takes one event to learn it. */
function epochOf(bus: EventBus): string {
  let epoch = '';
  const leave = bus.subscribe((event) => (epoch = event.epoch));
  start(bus, 'probe');
  leave();
  return epoch;
}
