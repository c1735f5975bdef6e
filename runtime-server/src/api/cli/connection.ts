// A thin client's connection: frames in, frames out. Knows the wire and how to hold it, not what the words mean.

import type { Socket } from 'node:net';
import { FRAME, type CliAttach, type CliAttached, type CliRequest } from '../../../protocol/frames.ts';
import type { Logger } from '../../base/log.ts';
import type { Engine } from '../../engine/engine.ts';
import { encodeFrame, FrameDecoder, type Frame } from '../../launcher/frame-stream.ts';
import { dispatch } from './dispatch.ts';
import { ClientInput } from './input.ts';
import type { CliSession, ServerControl } from './session.ts';

export interface CliDeps {
  readonly engine: Engine;
  readonly server: ServerControl;
  readonly log: Logger;
}

/** Text frames are cut to this many bytes, far below the limit. */
const PIECE = 64 * 1024;

/** Serves one client: one request, one answer. Settles when the connection has ended. */
export function serveCli(socket: Socket, deps: CliDeps): Promise<void> {
  return new Promise((resolve) => {
    const connection = new CliConnection(socket, deps);
    const decoder = new FrameDecoder();
    socket.on('data', (chunk) => {
      try {
        for (const frame of decoder.push(chunk)) connection.receive(frame);
      } catch (error) {
        deps.log.warn(`cli client: ${error instanceof Error ? error.message : String(error)}`);
        socket.destroy();
      }
    });
    // A client that goes away is an ordinary event; 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      connection.closed();
      resolve();
    });
  });
}

class CliConnection {
  private readonly socket: Socket;
  private readonly deps: CliDeps;
  private readonly abort = new AbortController();
  private started = false;
  private attached: PromiseWithResolvers<CliAttached> | undefined;
  private environment: PromiseWithResolvers<Readonly<Record<string, string>>> | undefined;
  private readonly input = new ClientInput((question) => {
    this.send(FRAME.NeedInput, JSON.stringify(question));
  }, this.abort.signal);

  constructor(socket: Socket, deps: CliDeps) {
    this.socket = socket;
    this.deps = deps;
  }

  receive({ type, payload }: Frame): void {
    switch (type) {
      case FRAME.Request:
        if (this.started) throw new Error('a second request');
        this.started = true;
        void this.answer(parseRequest(payload));
        break;
      case FRAME.Signal:
        this.abort.abort();
        break;
      case FRAME.Attached:
        this.attached?.resolve(parseAttached(payload));
        break;
      case FRAME.Env:
        this.environment?.resolve(parseEnvironment(payload));
        break;
      case FRAME.Input:
        this.input.receive(payload);
        break;
      default:
        throw new Error(`unexpected frame ${type}`);
    }
  }

  closed(): void {
    this.abort.abort();
    this.attached?.resolve({ how: 'lost', reason: 'the client went away' });
    this.environment?.resolve({});
  }

  private async answer(request: CliRequest): Promise<void> {
    try {
      const status = await dispatch({
        engine: this.deps.engine,
        server: this.deps.server,
        session: this.session(request),
      });
      const code = Buffer.alloc(4);
      code.writeUInt32BE(status & 0xff);
      this.socket.end(encodeFrame(FRAME.Exit, code));
    } catch (error) {
      this.deps.log.error('answer a client', error);
      this.socket.destroy();
    }
  }

  private session(request: CliRequest): CliSession {
    return {
      request,
      signal: this.abort.signal,
      out: (text) => this.write(FRAME.Stdout, text),
      err: (text) => this.write(FRAME.Stderr, text),
      attach: (target: CliAttach) => {
        this.attached = Promise.withResolvers();
        this.send(FRAME.Attach, JSON.stringify(target));
        if (this.abort.signal.aborted && this.socket.destroyed) this.closed();
        return this.attached.promise;
      },
      env: (names) => {
        this.environment = Promise.withResolvers();
        this.send(FRAME.NeedEnv, JSON.stringify(names));
        if (this.socket.destroyed) this.closed();
        return this.environment.promise;
      },
      input: () => this.input.stream(),
      ask: (question) => this.input.line(question),
    };
  }

  private async write(type: number, text: string | Uint8Array): Promise<void> {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    for (let offset = 0; offset < bytes.length; offset += PIECE) {
      if (this.socket.destroyed) return;
      const room = this.socket.write(encodeFrame(type, bytes.subarray(offset, offset + PIECE)));
      if (!room) await this.drained();
    }
  }

  /** Settles also when the command is cancelled: a reader that has stopped must not hold its work. */
  private drained(): Promise<void> {
    const { signal } = this.abort;
    return new Promise((resolve) => {
      const done = (): void => {
        this.socket.off('drain', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (signal.aborted) {
        resolve();
        return;
      }
      this.socket.on('drain', done);
      signal.addEventListener('abort', done);
    });
  }

  private send(type: number, payload: string): void {
    if (!this.socket.destroyed) this.socket.write(encodeFrame(type, payload));
  }
}

function parseRequest(payload: Buffer): CliRequest {
  const value = JSON.parse(payload.toString()) as CliRequest;
  const { argv, cwd, tty } = value as Partial<CliRequest>;
  if (
    !Array.isArray(argv) ||
    argv.some((word) => typeof word !== 'string') ||
    typeof cwd !== 'string' ||
    tty === undefined
  ) {
    throw new Error('a request without argv, cwd or tty');
  }
  return value;
}

function parseAttached(payload: Buffer): CliAttached {
  const value = JSON.parse(payload.toString()) as CliAttached;
  if (value.how === 'exit' && !Number.isInteger(value.code)) throw new Error('an exit without a code');
  return value;
}

function parseEnvironment(payload: Buffer): Readonly<Record<string, string>> {
  const value = JSON.parse(payload.toString()) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
