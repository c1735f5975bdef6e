// How Docker writes sizes, ids, commands and digests in its tables. Pure.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** go-units HumanSizeWithPrecision (`8.31MB`; 3 digits where docker lists objects, 4 where it adds them up), powers of 1000. */
export function humanSize(bytes: number, precision: 3 | 4 = 3): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(precision))}${UNITS[unit] ?? 'B'}`;
}

const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** go-units BytesSize (`1.952GiB`), powers of 1024. */
export function binarySize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BINARY_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toPrecision(4))}${BINARY_UNITS[unit] ?? 'B'}`;
}

/** The 12 digits that people see of a container id or of an image id. */
export const shortId = (id: string): string => id.replace(/^sha256:/, '').slice(0, 12);

/** Terminal control characters of names and commands that come from images are shown, not obeyed. */
export const printable = (text: string): string =>
  text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** The COMMAND column: quoted, 20 characters with an ellipsis unless `whole`; an argument with a space is in quotes of its own. */
export function commandColumn([path = '', ...args]: readonly string[], whole: boolean): string {
  const words = [path, ...args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg))];
  const text = printable(words.join(' '));
  return `"${whole ? text : ellipsis(text, 20)}"`;
}

/** At most so many characters, the last an ellipsis where something is left out (docker/cli `Ellipsis`). */
export function ellipsis(text: string, most: number): string {
  const letters = Array.from(text);
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('')}…`;
}

/** Repository and tag of a reference in its short form; `<none>` where there is none. */
export function splitReference(familiar: string): { readonly repository: string; readonly tag: string } {
  const [named = '', digest] = familiar.split('@');
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  if (hasTag) return { repository: named.slice(0, colon), tag: named.slice(colon + 1) };
  return { repository: named, tag: digest === undefined ? 'latest' : '<none>' };
}
