// Brings images to the disk in the background: one sync at a time, and one more for what came during it.

export interface Syncer {
  /** Begins a sync, or has the one going on followed by another. */
  readonly request: () => void;
  /** Waits for what was requested. */
  readonly idle: () => Promise<void>;
}

export function createSyncer(sync: () => Promise<void>, warn: (message: string) => void): Syncer {
  const state: { running: Promise<void> | undefined; again: boolean } = { running: undefined, again: false };
  const syncOnce = async (): Promise<void> => {
    state.again = false;
    try {
      await sync();
    } catch (error) {
      // The layers stay marked as not durable: after a power cut they are made again.
      warn(`sync images: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const run = async (): Promise<void> => {
    while (state.again) await syncOnce();
    state.running = undefined;
  };
  return {
    request() {
      state.again = true;
      state.running ??= run();
    },
    async idle() {
      await state.running;
    },
  };
}
