// Ordering of asynchronous work inside one process: one at a time per key, at most n at once, one for all who ask, all
// ended together.

import { setImmediate } from 'node:timers/promises';
import { abortReason, anySignal, raceAbort } from './abort.ts';

/** Runs tasks of the same key one after the other, in the order they came. */
export interface KeyedMutex {
  run<T>(key: string, task: () => Promise<T>): Promise<T>;
}

export function createKeyedMutex(): KeyedMutex {
  const tails = new Map<string, Promise<unknown>>();
  return {
    async run(key, task) {
      const previous = tails.get(key) ?? Promise.resolve();
      const current = previous.then(task, task);
      const tail = current.catch(() => undefined);
      tails.set(key, tail);
      try {
        return await current;
      } finally {
        if (tails.get(key) === tail) tails.delete(key);
      }
    },
  };
}

/** Runs at most `limit` tasks at once; the others wait in the order they came. A waiting task can be aborted. */
export interface Limiter {
  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createLimiter(limit: number): Limiter {
  let free = limit;
  const waiting = new Set<() => void>();
  const acquire = async (signal?: AbortSignal): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = (): void => {
      resolve(undefined);
    };
    waiting.add(wake);
    try {
      await raceAbort(promise, signal);
    } catch (error) {
      if (!waiting.delete(wake)) release(); // woken and aborted in the same turn: pass the place on
      throw error;
    }
  };
  const release = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    waiting.delete(next);
    next();
  };
  return {
    async run(task, signal) {
      signal?.throwIfAborted();
      await acquire(signal);
      try {
        return await task();
      } finally {
        release();
      }
    },
  };
}

/**
 * One run of a task for everybody who asks for the same key at the same time. The task's own signal aborts when
 * the last of them has gone away, and all wait until it has really ended.
 */
export interface SingleFlight<T> {
  run(key: string, task: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>;
}

interface Flight<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  waiters: number;
}

export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();
  return {
    async run(key, task, signal) {
      signal?.throwIfAborted();
      // A flight everybody has left is only cleaning up after itself: wait for that, then begin anew.
      for (let flight = flights.get(key); flight?.controller.signal.aborted === true; flight = flights.get(key)) {
        await raceAbort(
          flight.promise.catch(() => undefined),
          signal,
        );
      }
      return board(flights.get(key) ?? takeOff(flights, key, task), signal);
    },
  };
}

function takeOff<T>(
  flights: Map<string, Flight<T>>,
  key: string,
  task: (signal: AbortSignal) => Promise<T>,
): Flight<T> {
  const controller = new AbortController();
  const promise = task(controller.signal).finally(() => flights.delete(key));
  const flight: Flight<T> = { controller, waiters: 0, promise };
  flights.set(key, flight);
  return flight;
}

async function board<T>(flight: Flight<T>, signal?: AbortSignal): Promise<T> {
  flight.waiters += 1;
  const leave = (): void => {
    flight.waiters -= 1;
    if (flight.waiters === 0) flight.controller.abort(signal === undefined ? undefined : abortReason(signal));
  };
  signal?.addEventListener('abort', leave, { once: true });
  try {
    // The last one to leave waits for the end of the cleaning up; the others go at once.
    return await raceLeaving(flight, signal);
  } finally {
    signal?.removeEventListener('abort', leave);
  }
}

async function raceLeaving<T>(flight: Flight<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await raceAbort(flight.promise, signal);
  } catch (error) {
    if (flight.waiters === 0) await flight.promise.catch(() => undefined);
    throw error;
  }
}

/** Tasks that are going on, so that all of them can be ended. */
export interface Going {
  /** The task's signal aborts with the given one, and when all are stopped. */
  run<T>(task: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Aborts all and waits until they have ended. */
  stop(): Promise<void>;
}

export function createGoing(): Going {
  const closing = new AbortController();
  const going = new Set<Promise<unknown>>();
  return {
    async run(task, signal) {
      const running = task(anySignal(signal, closing.signal) ?? closing.signal);
      going.add(running);
      try {
        return await running;
      } finally {
        going.delete(running);
      }
    },
    async stop() {
      closing.abort();
      await Promise.allSettled(going);
    },
  };
}

/**
 * Runs the task for each item, at most `limit` at once. The first failure aborts the others, and is thrown when all have
 * ended.
 */
export async function forEachAtOnce<T>(
  items: readonly T[],
  limit: number,
  task: (item: T, signal: AbortSignal) => Promise<void>,
  leaving?: AbortSignal,
): Promise<void> {
  const controller = new AbortController();
  const signal = anySignal(leaving, controller.signal) ?? controller.signal;
  const limiter = createLimiter(limit);
  const failures: unknown[] = [];
  const one = async (item: T): Promise<void> => {
    try {
      await limiter.run(() => task(item, signal), signal);
    } catch (error) {
      failures.push(error); // the first in time; the others are its consequences
      controller.abort();
    }
  };
  await Promise.all(items.map(one));
  if (failures.length > 0) throw failures[0];
}

/** Does a short thing for each item, in order, and lets others have a turn every now and then. */
export async function inTurns<T>(items: readonly T[], deed: (item: T) => Promise<void> | void): Promise<void> {
  for (const [index, item] of items.entries()) {
    const ended = deed(item);
    if (ended !== undefined) await ended;
    if (index % 64 === 63) await setImmediate();
  }
}
