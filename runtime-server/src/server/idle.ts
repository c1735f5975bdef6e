// When the server has nothing to do any more. Counts clients, asks about containers, owns one timer.

export interface IdleWatch {
  /** Counts `work` as a client while it lasts. */
  during<T>(work: Promise<T>): Promise<T>;
  /** Looks again: a container has started or ended. */
  recheck(): void;
}

export interface IdleOptions {
  readonly milliseconds: number;
  /** True while something other than a client needs the server. */
  readonly isBusy: () => boolean;
  readonly onIdle: () => void;
}

export function createIdleWatch(options: IdleOptions): IdleWatch {
  let clients = 0;
  let timer: NodeJS.Timeout | undefined;
  const recheck = (): void => {
    clearTimeout(timer);
    timer = clients > 0 || options.isBusy() ? undefined : setTimeout(options.onIdle, options.milliseconds);
  };
  return {
    during: async (work) => {
      clients++;
      recheck();
      try {
        return await work;
      } finally {
        clients--;
        recheck();
      }
    },
    recheck,
  };
}
