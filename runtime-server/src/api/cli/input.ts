// What a thin client's standard input gives, asked for a frame at a time. Knows no socket and no command.
//
// The client reads only what it was asked for, so a slow consumer here makes whoever writes to the client wait, while
// the socket itself is always read: a signal is never behind input that nobody takes.

import { Readable } from 'node:stream';
import type { CliNeedInput } from '../../../protocol/frames.ts';
import { raceAbort } from '../../base/abort.ts';
import { internal, invalidArgument } from '../../base/errors.ts';

/** So much is read ahead of the consumer, and no more. */
const AHEAD = 256 * 1024;

export interface Question {
  /** Written to the terminal; printable. */
  readonly prompt: string;
  /** Not shown while it is typed. */
  readonly secret?: boolean;
}

export class ClientInput {
  private readonly send: (question: CliNeedInput) => void;
  private readonly signal: AbortSignal;
  private waiting: PromiseWithResolvers<Buffer> | undefined;

  /** `send` delivers one NeedInput frame; `signal` aborts whoever waits for the answer. */
  constructor(send: (question: CliNeedInput) => void, signal: AbortSignal) {
    this.send = send;
    this.signal = signal;
  }

  /** Takes the payload of an Input frame. Throws InvalidArgument when none was asked for. */
  receive(payload: Buffer): void {
    if (this.waiting === undefined) throw invalidArgument('read input: nobody asked for it');
    const { resolve } = this.waiting;
    this.waiting = undefined;
    resolve(payload);
  }

  /** Standard input to its end. Destroyed with an AbortError when the client is interrupted or goes away. */
  stream(): Readable {
    const stream = Readable.from(this.chunks(), { objectMode: false, highWaterMark: AHEAD, signal: this.signal });
    // Who reads it is told by the reading; a command that has failed before it reads is told nothing.
    return stream.on('error', () => undefined);
  }

  /** One line without its end; undefined at the end of input. Rejects with an AbortError as {@link stream} does. */
  async line({ prompt, secret = false }: Question): Promise<string | undefined> {
    const payload = await this.ask({ line: true, prompt, secret });
    return payload.length === 0 ? undefined : payload.toString().replace(/\r?\n$/, '');
  }

  private async *chunks(): AsyncGenerator<Buffer> {
    for (;;) {
      const payload = await this.ask({ line: false });
      if (payload.length === 0) return;
      yield payload;
    }
  }

  private ask(question: CliNeedInput): Promise<Buffer> {
    if (this.waiting !== undefined) throw internal('read input: asked for twice at once');
    this.waiting = Promise.withResolvers();
    if (!this.signal.aborted) this.send(question);
    return raceAbort(this.waiting.promise, this.signal);
  }
}
