// Does something to several objects at once; one failure does not keep the others from being done.

/** Runs all; rejects with the only failure, or with an AggregateError of all of them. */
export async function forEach<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const results = await Promise.allSettled(items.map(work));
  const errors = results.filter((result) => result.status === 'rejected').map((result): unknown => result.reason);
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors);
}
