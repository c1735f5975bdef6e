// A message bus with a systemd behind it that does as it is told: makes the scope's cgroup and moves the process (root), or answers
// with whatever a test wants. Knows of D-Bus what the client needs.

import { mkdirSync, chownSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { MOUNT } from './support.ts';

type Value = string | number | bigint | boolean | Value[];

/** Reads values of a body by its signature; lengths are trusted: the writer is the program under test. */
function decode(data: Buffer, signature: string): Value[] {
  let at = 0;
  const align = (to: number): void => {
    at = Math.ceil(at / to) * to;
  };
  const alignment = (code: string): number => (code === 'g' || code === 'v' ? 1 : code === '(' || code === 't' ? 8 : 4);
  function typeEnd(from: string, start: number): number {
    if (from[start] === 'a') return typeEnd(from, start + 1);
    if (from[start] !== '(') return start + 1;
    let end = start + 1;
    while (from[end] !== ')') end = typeEnd(from, end);
    return end + 1;
  }
  function one(type: string): Value {
    const code = type[0] ?? '';
    align(alignment(code));
    if (code === '(') return many(type.slice(1, -1));
    if (code === 'u' || code === 'b') return data.readUInt32LE((at += 4) - 4);
    if (code === 't') return data.readBigUInt64LE((at += 8) - 8);
    if (code === 'v') return one(String(one('g')));
    if (code === 'a') {
      const length = data.readUInt32LE((at += 4) - 4);
      align(alignment(type[1] ?? ''));
      const end = at + length;
      const items: Value[] = [];
      while (at < end) items.push(one(type.slice(1)));
      return items;
    }
    const length = code === 'g' ? data.readUInt8(at++) : data.readUInt32LE((at += 4) - 4);
    const text = data.toString('utf8', at, at + length);
    at += length + 1;
    return text;
  }
  function many(types: string): Value[] {
    const values: Value[] = [];
    for (let start = 0; start < types.length;) {
      const end = typeEnd(types, start);
      values.push(one(types.slice(start, end)));
      start = end;
    }
    return values;
  }
  return many(signature);
}

const padded = (buffer: Buffer, to: number): Buffer =>
  Buffer.concat([buffer, Buffer.alloc((to - (buffer.length % to)) % to)]);
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([u32(Buffer.byteLength(value)), Buffer.from(`${value}\0`)]);

/** A message with header fields `[code, type, value]` and strings (and numbers) as its body. */
export function message(
  type: number,
  fields: [number, string, string | number][],
  body: (string | number)[] = [],
): Buffer {
  let packed: Buffer = Buffer.alloc(0);
  for (const [code, kind, value] of fields) {
    packed = Buffer.concat([padded(packed, 8), Buffer.from([code, 1]), Buffer.from(`${kind}\0`)]);
    if (kind === 'g') packed = Buffer.concat([packed, Buffer.from([String(value).length]), Buffer.from(`${value}\0`)]);
    else packed = Buffer.concat([padded(packed, 4), typeof value === 'number' ? u32(value) : text(value)]);
  }
  let content: Buffer = Buffer.alloc(0);
  for (const value of body)
    content = Buffer.concat([padded(content, 4), typeof value === 'number' ? u32(value) : text(value)]);
  const head = Buffer.concat([
    Buffer.from(['l'.charCodeAt(0), type, 0, 1]),
    u32(content.length),
    u32(1),
    u32(packed.length),
  ]);
  return Buffer.concat([padded(Buffer.concat([head, packed]), 8), content]);
}

export interface Call {
  readonly member: string;
  readonly body: Value[];
}

/** What to do at one step in place of the usual; undefined: the usual. */
export type Answer = (call: Call, serial: number) => Buffer[] | undefined;

export interface BusOptions {
  /** Where scopes are made, below the mount. */
  readonly top?: string;
  readonly owner?: { uid: number; gid: number };
  readonly answer?: Answer;
  /** Said in place of the authentication's answers. */
  readonly auth?: string;
  /** Nothing is ever said. */
  readonly mute?: boolean;
}

export const returned = (serial: number, body: string[] = []): Buffer =>
  message(
    2,
    [[5, 'u', serial], ...(body.length > 0 ? ([[8, 'g', 's'.repeat(body.length)]] as [number, string, string][]) : [])],
    body,
  );
export const failure = (serial: number, name: string, words: string): Buffer =>
  message(
    3,
    [
      [5, 'u', serial],
      [4, 's', name],
      [8, 'g', 's'],
    ],
    [words],
  );
export const jobRemoved = (unit: string, result = 'done'): Buffer =>
  message(
    4,
    [
      [1, 'o', '/org/freedesktop/systemd1'],
      [2, 's', 'org.freedesktop.systemd1.Manager'],
      [3, 's', 'JobRemoved'],
      [8, 'g', 'uoss'],
    ],
    [7, '/job/7', unit, result],
  );

export class Bus {
  readonly address: string;
  readonly calls: Call[] = [];
  readonly #server: Server;
  readonly #options: BusOptions;

  private constructor(path: string, options: BusOptions) {
    this.address = `unix:path=/nowhere,guid=0;unix:path=${path.replaceAll('-', '%2d')},guid=00`;
    this.#options = options;
    this.#server = createServer((socket) => {
      this.#serve(socket);
    });
  }

  static async listen(path: string, options: BusOptions = {}): Promise<Bus> {
    const bus = new Bus(path, options);
    rmSync(path, { force: true });
    await new Promise<void>((done) => bus.#server.listen({ path, readableAll: true, writableAll: true }, done));
    return bus;
  }

  close(): void {
    this.#server.close();
  }

  #serve(socket: Socket): void {
    let data: Buffer = Buffer.alloc(0);
    let speaking = false;
    socket.on('error', () => undefined);
    socket.on('data', (more: Buffer) => {
      data = Buffer.concat([data, more]);
      if (this.#options.mute) return;
      while (!speaking && data.includes('\n')) {
        const line = data.toString('latin1', 0, data.indexOf('\n')).replace('\0', '').trim();
        data = data.subarray(data.indexOf('\n') + 1);
        if (line === 'BEGIN') speaking = true;
        else socket.write(this.#options.auth ?? (line === 'DATA' ? 'OK 0123\r\n' : 'DATA\r\n'));
      }
      while (speaking && data.length >= 16) {
        const fields = data.readUInt32LE(12);
        const start = Math.ceil((16 + fields) / 8) * 8;
        const size = start + data.readUInt32LE(4);
        if (data.length < size) return;
        this.#take(socket, data.subarray(0, size), fields, start);
        data = data.subarray(size);
      }
    });
  }

  #take(socket: Socket, data: Buffer, fields: number, start: number): void {
    const named = new Map<number, Value>();
    let at = 16;
    while (at < 16 + fields) {
      at = Math.ceil(at / 8) * 8;
      const code = data.readUInt8(at);
      const type = String.fromCharCode(data.readUInt8(at + 2));
      const from = at + 4;
      const length = type === 'g' ? data.readUInt8(from) : data.readUInt32LE(from);
      const head = type === 'g' ? 1 : 4;
      named.set(code, data.toString('utf8', from + head, from + head + length));
      at = from + head + length + 1;
    }
    const call = { member: String(named.get(3)), body: decode(data.subarray(start), String(named.get(8) ?? '')) };
    const serial = data.readUInt32LE(8);
    this.calls.push(call);
    for (const part of this.#options.answer?.(call, serial) ?? this.#usual(call, serial)) socket.write(part);
  }

  #usual(call: Call, serial: number): Buffer[] {
    const unit = String(call.body[0]);
    if (call.member === 'Hello')
      return [
        returned(serial, [':1.1']),
        message(
          4,
          [
            [3, 's', 'NameAcquired'],
            [8, 'g', 's'],
          ],
          [':1.1'],
        ),
      ];
    if (call.member === 'StartTransientUnit') {
      const properties = call.body[2] as [string, Value][];
      this.#place(unit, '', (properties.find(([name]) => name === 'PIDs')?.[1] as number[])[0] ?? 0);
      return [jobRemoved('other.scope'), returned(serial, ['/job/7']), jobRemoved(unit)];
    }
    if (call.member === 'AttachProcessesToUnit')
      this.#place(unit, String(call.body[1]), (call.body[2] as number[])[0] ?? 0);
    return [returned(serial)];
  }

  #place(unit: string, below: string, pid: number): void {
    const { top, owner } = this.#options;
    if (top === undefined) return;
    const scope = join(MOUNT, top, unit);
    mkdirSync(join(scope, below), { recursive: true });
    if (owner !== undefined)
      for (const file of ['', 'cgroup.procs', 'cgroup.subtree_control'])
        chownSync(join(scope, file), owner.uid, owner.gid);
    writeFileSync(join(scope, below, 'cgroup.procs'), String(pid));
  }
}
