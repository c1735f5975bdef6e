// One command line of one client: what a command may ask of the terminal at the other end. Types only.

import type { Readable } from 'node:stream';
import type { CliAttach, CliAttached, CliRequest } from '../../../protocol/frames.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Question } from './input.ts';
import type { ParsedOptions, Grammar } from './options.ts';

export interface CliSession {
  readonly request: CliRequest;
  /** Aborts on Ctrl-C and when the client goes away. */
  readonly signal: AbortSignal;
  /** Writes text or bytes; resolves when the client can take more, or never will. */
  out(text: string | Uint8Array): Promise<void>;
  err(text: string): Promise<void>;
  /** Sends the client to a shim; resolves when it has come back, `lost` when it never will. */
  attach(target: CliAttach): Promise<CliAttached>;
  /** The client's values of environment variables; absent where unset. */
  env(names: readonly string[]): Promise<Readonly<Record<string, string>>>;
  /** The client's standard input, read as it is consumed. Fails with an AbortError when {@link signal} aborts. */
  input(): Readable;
  /** One line of the person's, without its end; undefined at the end of input. Fails as {@link input} does. */
  ask(question: Question): Promise<string | undefined>;
}

/** What the server does for commands beside the engine. */
export interface ServerControl {
  readonly pid: number;
  /** Ends the server after the answer; `reset` removes the data directory's last traces with it. */
  stop(): void;
}

export interface CommandContext {
  readonly engine: Engine;
  readonly session: CliSession;
  readonly server: ServerControl;
}

export interface Command extends Grammar {
  /** One or two words: `run`, `server stop`. */
  readonly name: string;
  readonly summary: string;
  /** Behind the name in the usage line. */
  readonly usage: string;
  /** Exit status of a failure that has none of its own: 125 for `run`, as in docker. */
  readonly failureStatus?: number;
  /** Not shown in any help: other programs type it. */
  readonly hidden?: boolean;
  /** Its words may be a password: no error repeats them. */
  readonly discreet?: boolean;
  /** Returns the exit status. */
  run(context: CommandContext, options: ParsedOptions): Promise<number>;
}
