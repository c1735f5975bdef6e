// The state of the connection to the server: finds or starts it on first use, notices when it goes, restarts it once.
// Knows neither vscode nor how a program is started or a socket opened: that is passed in.

import { Emitter } from './base/emitter.ts';
import { ReportedError } from './base/failure.ts';
import { type Link, type Method, type Params, type RequestOptions, type Result } from './server/link.ts';

/**
 * `stopped`: nothing has been started yet · `starting` · `ready` · `failed`: the person has been told why; a command or
 * `restart` tries again · `unsupported`: containers can't be run on this operating system.
 */
export type SessionState = 'stopped' | 'starting' | 'ready' | 'failed' | 'unsupported';

/** What the session wants the person to know; how it is shown is not its business. */
export type SessionProblem =
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'start'; readonly error: unknown }
  | { readonly kind: 'mismatch'; readonly theirs: number | undefined }
  | { readonly kind: 'restarted' }
  | { readonly kind: 'lost'; readonly error: unknown };

export interface SessionPorts {
  readonly supported: boolean;
  readonly protocolVersion: number;
  startServer(options: { readonly signal: AbortSignal }): Promise<void>;
  stopServer(options: { readonly signal: AbortSignal }): Promise<void>;
  connect(options: { readonly signal: AbortSignal }): Promise<Link>;
  report(problem: SessionProblem): void;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
}

/** A server that is lost again within this many milliseconds of a restart is not restarted a second time. */
const RESTART_PAUSE = 60_000;

export class Session {
  private readonly ports: SessionPorts;
  private readonly stateEmitter = new Emitter<SessionState>();
  private readonly linkEmitter = new Emitter<Link>();
  private readonly lifetime = new AbortController();
  private current: SessionState;
  private link: Link | undefined;
  private opening: Promise<Link> | undefined;
  private lastRestart = -Infinity;
  private lastFailure: SessionProblem | undefined;

  constructor(ports: SessionPorts) {
    this.ports = ports;
    this.current = ports.supported ? 'stopped' : 'unsupported';
  }

  readonly onDidChangeState = this.stateEmitter.event;
  /** A new connection: what was known of the old server's events no longer holds. */
  readonly onDidConnect = this.linkEmitter.event;

  get state(): SessionState {
    return this.current;
  }

  /** Why the state is `failed`, for the doctor page. */
  get failure(): SessionProblem | undefined {
    return this.current === 'failed' ? this.lastFailure : undefined;
  }

  /** For views: starts the server on first use, but does not try again by itself after a failure. */
  async open(): Promise<Link> {
    if (this.current === 'failed') throw new ReportedError('open session: failed before');
    return this.require();
  }

  /** For commands: a connection, after a failure by another try. Rejects with a ReportedError once the person was told. */
  async require(): Promise<Link> {
    if (this.current === 'unsupported') {
      this.ports.report({ kind: 'unsupported' });
      throw new ReportedError('open session: unsupported');
    }
    if (this.link !== undefined) return this.link;
    return (this.opening ??= this.begin(() => this.startAndConnect('start')));
  }

  /** One request over the connection, which is made when there is none. */
  async request<M extends Method>(method: M, params: Params<M>, options?: RequestOptions): Promise<Result<M>> {
    const link = await this.require();
    return link.request(method, params, options);
  }

  /** Ends the server, whoever started it, and starts this extension's own. Containers stay. */
  async restart(): Promise<void> {
    if (this.current === 'unsupported') {
      await this.require();
      return;
    }
    await this.opening?.catch(() => undefined);
    this.opening = this.begin(async () => {
      await this.dropLink();
      await this.attempt('start', () => this.ports.stopServer({ signal: this.lifetime.signal }));
      return this.startAndConnect('start');
    });
    await this.opening;
  }

  /** Ends the connection; the server goes on for its containers and other windows. */
  async close(): Promise<void> {
    this.lifetime.abort();
    await this.opening?.catch(() => undefined);
    await this.dropLink();
    this.stateEmitter.dispose();
    this.linkEmitter.dispose();
  }

  private begin(work: () => Promise<Link>): Promise<Link> {
    this.enter('starting');
    return work().finally(() => {
      this.opening = undefined;
    });
  }

  private async startAndConnect(kind: 'start' | 'lost'): Promise<Link> {
    const { signal } = this.lifetime;
    const link = await this.attempt(kind, async () => {
      await this.ports.startServer({ signal });
      return this.ports.connect({ signal });
    });
    const theirs = link.handshake?.protocolVersion;
    if (theirs !== this.ports.protocolVersion) {
      await link.close();
      this.fail({ kind: 'mismatch', theirs });
    }
    return this.adopt(link);
  }

  private adopt(link: Link): Link {
    link.onLost(() => {
      if (this.link === link) this.recover();
    });
    this.link = link;
    this.linkEmitter.fire(link);
    this.enter('ready');
    return link;
  }

  /** The connection went away although nobody asked for it. */
  private recover(): void {
    this.link = undefined;
    if (this.lifetime.signal.aborted) return;
    const now = this.ports.now();
    const tooSoon = now - this.lastRestart < RESTART_PAUSE;
    this.lastRestart = now;
    if (tooSoon) {
      this.report({ kind: 'lost', error: new Error('the server ended again shortly after it was restarted') });
      return;
    }
    this.opening = this.begin(() => this.startAndConnect('lost'));
    this.opening.then(
      () => {
        this.ports.report({ kind: 'restarted' });
      },
      () => undefined, // told by attempt()
    );
  }

  /** Runs one step; its failure is told to the person and becomes a ReportedError. */
  private async attempt<T>(kind: 'start' | 'lost', step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      this.fail({ kind, error });
    }
  }

  private fail(problem: SessionProblem): never {
    this.report(problem);
    throw new ReportedError(`open session: ${problem.kind}`);
  }

  private report(problem: SessionProblem): void {
    if (this.lifetime.signal.aborted) return;
    this.lastFailure = problem;
    this.enter('failed');
    this.ports.report(problem);
  }

  private async dropLink(): Promise<void> {
    const { link } = this;
    this.link = undefined;
    await link?.close();
  }

  private enter(state: SessionState): void {
    if (this.current === state) return;
    this.current = state;
    this.stateEmitter.fire(state);
  }
}
