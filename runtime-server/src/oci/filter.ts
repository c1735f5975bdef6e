// Docker's filters by age and label, over anything that has labels and a date. Pure.

export interface LabelFilter {
  /** `key` or `key=value`: all of them must be there. */
  readonly labels?: readonly string[] | undefined;
  /** None of them may be there. */
  readonly withoutLabels?: readonly string[] | undefined;
}

export function hasLabels(labels: Readonly<Record<string, string>>, filter: LabelFilter): boolean {
  const has = (text: string): boolean => {
    const [key = '', ...value] = text.split('=');
    return Object.hasOwn(labels, key) && (value.length === 0 || labels[key] === value.join('='));
  };
  return (filter.labels ?? []).every(has) && !(filter.withoutLabels ?? []).some(has);
}

/** Whether something `created` (RFC 3339; absent: always) is older than `until` (absent: whenever it was). */
export function isBefore(created: string | undefined, until: string | undefined): boolean {
  return until === undefined || created === undefined || Date.parse(created) < Date.parse(until);
}
