// The one ordered stream of changes: numbers them, and keeps the last ones for who comes late or reads slowly. Knows neither who
// tells nor who listens.

import { randomBytes } from 'node:crypto';
import type { ContainerEvent, EngineEvent, ImageEvent, VolumeEvent } from '../../protocol/events.ts';
import { raceAbort } from '../base/abort.ts';

type Without<E extends EngineEvent> = Omit<E, 'sequence' | 'epoch' | 'time'>;
type Unnumbered = Without<ImageEvent> | Without<ContainerEvent> | Without<VolumeEvent>;

export interface EventBus {
  publish(event: Unnumbered): void;
  /** Calls `listener` for each event from now on until the result is called. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
  /** What is kept after number `sequence` of `epoch`. */
  since(epoch: string, sequence: number): Replay;
  /**
   * The kept events, then each new one, at the reader's own speed; ends with the signal's reason. Who is so slow that some are kept no
   * more gets their number instead.
   */
  read(signal: AbortSignal): AsyncGenerator<EngineEvent | Missed, void>;
}

/** Events as they were, but without the state of what they are about: that is asked for anew. */
export interface Replay {
  readonly events: readonly EngineEvent[];
  /** None between is missing. */
  readonly complete: boolean;
}

export interface Missed {
  readonly type: 'missed';
  readonly count: number;
}

export interface EventLimits {
  readonly count: number;
  /** Of all kept events together, as JSON. */
  readonly bytes: number;
}

const LIMITS: EventLimits = { count: 1024, bytes: 1 << 20 };

export function createEventBus(now: () => Date, limits = LIMITS): EventBus {
  const listeners = new Set<(event: EngineEvent) => void>();
  const epoch = randomBytes(8).toString('hex');
  const kept = new Kept(limits);
  let sequence = 0;
  let news = Promise.withResolvers<void>();
  return {
    publish: (event) => {
      const numbered: EngineEvent = { ...event, sequence: ++sequence, epoch, time: now().toISOString() };
      kept.add(numbered);
      for (const listener of listeners) listener(numbered);
      news.resolve();
      news = Promise.withResolvers();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    since: (from, after) => {
      const known = from === epoch && after <= sequence;
      return { events: known ? kept.after(after) : [], complete: known && after >= sequence - kept.length };
    },
    async *read(signal) {
      for (let last = sequence - kept.length; ;) {
        const batch = kept.after(last);
        for (const event of batch) {
          const count = event.sequence - last - 1;
          if (count > 0) yield { type: 'missed', count };
          last = event.sequence;
          yield event;
        }
        if (batch.length === 0) await raceAbort(news.promise, signal);
      }
    },
  };
}

/** The last events, bounded by number and by bytes. */
class Kept {
  private readonly limits: EventLimits;
  private entries: { readonly event: EngineEvent; readonly bytes: number }[] = [];
  private bytes = 0;

  constructor(limits: EventLimits) {
    this.limits = limits;
  }

  get length(): number {
    return this.entries.length;
  }

  add(event: EngineEvent): void {
    const bare = withoutState(event);
    const bytes = JSON.stringify(bare).length;
    this.entries.push({ event: bare, bytes });
    this.bytes += bytes;
    while (this.entries.length > this.limits.count || this.bytes > this.limits.bytes)
      this.bytes -= this.entries.shift()?.bytes ?? 0;
  }

  /** Those with a higher number. */
  after(sequence: number): readonly EngineEvent[] {
    const [first] = this.entries;
    if (first === undefined) return [];
    return this.entries.slice(Math.max(0, sequence + 1 - first.event.sequence)).map(({ event }) => event);
  }
}

/** The command line of a container can be megabytes long. */
function withoutState(event: EngineEvent): EngineEvent {
  const members = Object.entries(event).filter(([name]) => !['image', 'container', 'volume'].includes(name));
  return Object.fromEntries(members) as unknown as EngineEvent;
}
