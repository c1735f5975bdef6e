// Points in time as Go prints them, in the machine's own zone. Pure but for the zone.

/** Takes a while to make. */
const ZONE = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' });

const two = (number: number): string => String(number).padStart(2, '0');

/** Go's `time.Time.String` of a whole second: `2026-11-24 19:09:42 +0000 UTC`. */
export function goTime(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '';
  return `${day(date)} ${clock(date)} ${offset(date).replace(':', '')} ${zone(date)}`;
}

/** RFC 3339 in whole seconds: `2026-11-24T19:09:42Z`. */
export function rfc3339(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '';
  return `${day(date)}T${clock(date)}${date.getTimezoneOffset() === 0 ? 'Z' : offset(date)}`;
}

const day = (date: Date): string =>
  `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

const clock = (date: Date): string => [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');

function offset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** `CET`; an offset where the zone has no letters. */
function zone(date: Date): string {
  const name = ZONE.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC';
  return /^[A-Z]{3,5}$/.test(name) ? name : offset(date).replace(':', '').replace(/00$/, '');
}
