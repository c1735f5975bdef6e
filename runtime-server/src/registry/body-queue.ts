// The body of a response between undici, which brings chunks, and its one taker: chunks go on as they came, none is joined
// with another or copied, and the connection pauses while too many wait. Knows no HTTP.

/** What undici gives a handler to steer the connection with. */
export interface Valve {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

const HIGH = 512 << 10; // bytes
const LOW = 128 << 10;

/** Chunks in their order, for one taker. */
export class BodyQueue implements AsyncIterable<Uint8Array> {
  readonly #valve: Valve;
  readonly #chunks: Uint8Array[] = [];
  #waiting = 0; // bytes
  #paused = false;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(valve: Valve) {
    this.#valve = valve;
  }

  push(chunk: Uint8Array): void {
    if (this.#failure !== undefined) return; // what still comes after it was given up
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    if (this.#waiting >= HIGH && !this.#paused) {
      this.#paused = true;
      this.#valve.pause();
    }
    this.#changed();
  }

  end(): void {
    this.#ended = true;
    this.#changed();
  }

  /** The taker gets what came before, then this. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#changed();
  }

  /** Drops everything; the connection is given up unless the body is whole. */
  discard(): void {
    this.#chunks.length = this.#waiting = 0;
    if (!this.#ended && this.#failure === undefined) {
      this.#failure = new DOMException('The body is not wanted any more', 'AbortError');
      this.#valve.abort(this.#failure);
    }
    this.#changed();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: () => this.#next(),
      return: () => {
        this.discard();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  async #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      const chunk = this.#take();
      if (chunk !== undefined) return { done: false, value: chunk };
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return { done: true, value: undefined };
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#wake = () => {
        resolve(undefined);
      };
      await promise;
    }
  }

  #take(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    this.#waiting -= chunk?.length ?? 0;
    if (this.#paused && this.#waiting <= LOW) {
      this.#paused = false;
      this.#valve.resume();
    }
    return chunk;
  }

  #changed(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
