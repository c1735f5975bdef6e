// One command line of one client: what a command may ask of the terminal at the other end. Types only.

import type { CliAttach, CliAttached, CliRequest } from '../../../protocol/frames.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ParsedOptions, Grammar } from './options.ts';

export interface CliSession {
  readonly request: CliRequest;
  /** Aborts on Ctrl-C and when the client goes away. */
  readonly signal: AbortSignal;
  /** Writes text; resolves when the client can take more. */
  out(text: string): Promise<void>;
  err(text: string): Promise<void>;
  /** Sends the client to a shim; resolves when it has come back, `lost` when it never will. */
  attach(target: CliAttach): Promise<CliAttached>;
  /** The client's values of environment variables; absent where unset. */
  env(names: readonly string[]): Promise<Readonly<Record<string, string>>>;
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
  /** Returns the exit status. */
  run(context: CommandContext, options: ParsedOptions): Promise<number>;
}
