// A client of the attach socket, as the thin client is one: sends frames, remembers what it has seen.

import { connect, type Socket } from 'node:net';
import { FRAME } from '../../../runtime-server/protocol/frames.ts';

/** A client of an attach socket. */
export class Attached {
  readonly socket: Socket;
  readonly hello: Promise<Buffer>;
  /** The exit code of the Exit frame; null when the connection ended without one. */
  readonly exit: Promise<number | null>;
  stdout = '';
  stderr = '';
  error = '';
  #waiting: { until: () => boolean; done: () => void }[] = [];
  #rest = Buffer.alloc(0);
  #exit: number | null = null;
  #greeted: (answer: Buffer) => void = () => undefined;

  constructor(path: string) {
    this.socket = connect(path);
    this.hello = new Promise((done) => (this.#greeted = done));
    this.exit = new Promise((done) => {
      this.socket.on('close', () => {
        done(this.#exit);
        this.#greeted(Buffer.alloc(0));
        this.#check();
      });
    });
    this.socket.on('error', () => undefined);
    this.socket.on('data', (data) => {
      this.#take(data);
    });
  }

  send(type: number, payload: Buffer | string = Buffer.alloc(0)): void {
    const body = Buffer.from(payload);
    const head = Buffer.alloc(8);
    head[0] = type;
    head.writeUInt32BE(body.length, 4);
    this.socket.write(Buffer.concat([head, body]));
  }

  type(text: string): void {
    this.send(FRAME.Stdin, text);
  }

  resize(rows: number, columns: number): void {
    const size = Buffer.alloc(4);
    size.writeUInt16BE(rows, 0);
    size.writeUInt16BE(columns, 2);
    this.send(FRAME.Resize, size);
  }

  /** Resolves when stdout holds `text`; rejects when the connection ends first. */
  async see(text: string): Promise<void> {
    const found = (): boolean => this.stdout.includes(text);
    await new Promise<void>((done) => {
      this.#waiting.push({ until: () => found() || this.socket.closed, done });
      this.#check();
    });
    if (!found()) throw new Error(`${JSON.stringify(text)} not seen in ${JSON.stringify(this.stdout)}`);
  }

  close(): void {
    this.socket.destroy();
  }

  #take(data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data]);
    while (this.#rest.length >= 8) {
      const size = this.#rest.readUInt32BE(4);
      if (this.#rest.length < 8 + size) break;
      this.#frame(this.#rest[0] ?? 0, this.#rest.subarray(8, 8 + size));
      this.#rest = this.#rest.subarray(8 + size);
    }
    this.#check();
  }

  #frame(type: number, payload: Buffer): void {
    if (type === FRAME.Stdout) this.stdout += payload.toString();
    else if (type === FRAME.Stderr) this.stderr += payload.toString();
    else if (type === FRAME.Exit) this.#exit = payload.readUInt32BE(0);
    else if (type === FRAME.HelloOk) this.#greeted(Buffer.from(payload));
    else if (type === FRAME.Error) this.error += payload.toString();
  }

  #check(): void {
    const ready = this.#waiting.filter(({ until }) => until());
    this.#waiting = this.#waiting.filter((wait) => !ready.includes(wait));
    for (const { done } of ready) done();
  }
}
