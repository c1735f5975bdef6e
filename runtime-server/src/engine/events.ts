// The one ordered stream of changes. Gives each its number; knows neither who tells nor who listens.

import { randomBytes } from 'node:crypto';
import type { ContainerEvent, EngineEvent, ImageEvent } from '../../protocol/events.ts';

type Unnumbered = Omit<ImageEvent, 'sequence' | 'epoch' | 'time'> | Omit<ContainerEvent, 'sequence' | 'epoch' | 'time'>;

export interface EventBus {
  publish(event: Unnumbered): void;
  /** Calls `listener` for each event from now on until the result is called. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
}

export function createEventBus(now: () => Date): EventBus {
  const listeners = new Set<(event: EngineEvent) => void>();
  const epoch = randomBytes(8).toString('hex');
  let sequence = 0;
  return {
    publish: (event) => {
      const numbered: EngineEvent = { ...event, sequence: ++sequence, epoch, time: now().toISOString() };
      for (const listener of listeners) listener(numbered);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
