// Archives made by hand, byte by byte, so that they can be wrong in exactly one way. Knows no program under test.

export interface Entry {
  readonly name: string;
  /** Type flag; a regular file by default, a directory when the name ends with "/". */
  readonly type?: string;
  readonly data?: string | Uint8Array;
  readonly link?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly major?: number;
  readonly minor?: number;
  /** What the size field says, when not the length of `data`. */
  readonly size?: number;
  readonly prefix?: string;
  /** Records of a pax header in front. */
  readonly pax?: Readonly<Record<string, string | Uint8Array>>;
  /** Changes the finished header block, before its checksum. */
  readonly change?: (header: Buffer) => void;
}

export const END = Buffer.alloc(1024);

/** A whole archive with its end. */
export function archive(...entries: readonly (Entry | Buffer)[]): Buffer {
  return Buffer.concat([...entries.map((one) => (one instanceof Uint8Array ? one : entry(one))), END]);
}

/** One entry: header block(s) and padded data. */
export function entry(one: Entry): Buffer {
  const data = Buffer.from(one.data ?? '');
  const before = one.pax === undefined ? Buffer.alloc(0) : paxHeader(one.pax);
  return Buffer.concat([before, header(one, data.length), padded(data)]);
}

export function paxHeader(records: Readonly<Record<string, string | Uint8Array>>, type = 'x'): Buffer {
  return rawEntry(type, Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value))));
}

/** An entry about the next one (pax header, GNU long name) with any content. */
export function rawEntry(type: string, data: Uint8Array, size = data.length): Buffer {
  return Buffer.concat([header({ name: 'header', type }, size), padded(Buffer.from(data))]);
}

export function paxRecord(key: string, value: string | Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = rest.length;
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
  return Buffer.concat([Buffer.from(`${length}`), rest]);
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

function header(one: Entry, length: number): Buffer {
  const block = Buffer.alloc(512);
  const directory = one.name.endsWith('/');
  block.write(one.name, 0, 100);
  number(block, 100, 8, one.mode ?? (directory ? 0o755 : 0o644));
  number(block, 108, 8, one.uid ?? 0);
  number(block, 116, 8, one.gid ?? 0);
  number(block, 124, 12, one.size ?? length);
  number(block, 136, 12, one.mtime ?? 1_700_000_000);
  block.write(one.type ?? (directory ? '5' : '0'), 156, 1, 'latin1');
  block.write(one.link ?? '', 157, 100);
  block.write('ustar\x0000', 257, 'latin1');
  number(block, 329, 8, one.major ?? 0);
  number(block, 337, 8, one.minor ?? 0);
  block.write(one.prefix ?? '', 345, 155);
  one.change?.(block);
  checksum(block);
  return block;
}

/** Octal where it fits, else base 256. */
export function number(block: Buffer, at: number, size: number, value: number): void {
  const octal = value >= 0 ? value.toString(8) : '';
  if (value >= 0 && octal.length < size) {
    block.write(octal.padStart(size - 1, '0') + '\0', at, size, 'latin1');
    return;
  }
  let rest = BigInt(value);
  for (let i = size - 1; i >= 0; i -= 1) {
    block[at + i] = Number(rest & 255n);
    rest >>= 8n;
  }
  block[at] = (block[at]! & 0x7f) | 0x80;
}

export function checksum(block: Buffer): void {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
}
