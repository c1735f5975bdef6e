// Shows each message once: while it is on the screen the same one is not shown again. Pure.

export type ShowOnce = (message: string, show: () => PromiseLike<unknown>) => void;

/** `onError` gets what a `show` rejected with. */
export function showOnce(onError: (error: unknown) => void): ShowOnce {
  const visible = new Set<string>();
  return (message, show) => {
    if (visible.has(message)) return;
    visible.add(message);
    show().then(
      () => visible.delete(message),
      (error: unknown) => {
        visible.delete(message);
        onError(error);
      },
    );
  };
}
