// Suggestions while somebody types: one question at a time, and the next one about the text as it is by then. So a slow
// registry is asked seldom and a fast one often, without a timer. An answer that fails is none. Pure.

export interface Suggestions {
  /** The text is another one now. */
  change(text: string): void;
  /** Nothing is asked or shown any more. */
  dispose(): void;
}

/** `show` gets answers to the text that is there when they come. */
export function createSuggestions<T>(
  ask: (text: string, signal: AbortSignal) => Promise<readonly T[]>,
  show: (items: readonly T[]) => void,
): Suggestions {
  const controller = new AbortController();
  const { signal } = controller;
  let wanted = '';
  let asking = false;
  const follow = async (): Promise<void> => {
    asking = true;
    for (let asked: string | undefined; asked !== wanted && !signal.aborted;) {
      asked = wanted;
      const items = asked === '' ? [] : await ask(asked, signal).catch(() => []);
      if (asked === wanted && !controller.signal.aborted) show(items);
    }
    asking = false;
  };
  return {
    change(text) {
      wanted = text;
      if (!asking) void follow();
    },
    dispose: () => {
      controller.abort();
    },
  };
}
