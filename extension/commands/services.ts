// What commands work with, as ports: commands know no vscode, and a test passes object literals.

import { type StoreReport } from '../../runtime-server/protocol/housekeeping.ts';
import { type Localizer } from '../base/localize.ts';
import {
  type CommandArguments,
  type CommandId,
  type ContainerTarget,
  type ImageTarget,
  type Target,
  type ViewId,
  type VolumeTarget,
} from '../contributions.ts';
import { type ReadableModel } from '../model/model.ts';
import { type Link, type Method, type Params, type RequestOptions, type Result } from '../server/link.ts';
import { type SessionProblem } from '../session.ts';

export interface Services {
  readonly l10n: Localizer;
  readonly server: ServerPort;
  readonly model: ReadableModel & {
    /** Resolves when the model is filled; lists once. */
    ready(): Promise<void>;
    /** Lists again. */
    reload(): Promise<void>;
  };
  readonly views: ViewsPort;
  readonly prompts: Prompts;
  readonly terminals: TerminalsPort;
  readonly documents: DocumentsPort;
  readonly log: { show(): void };
  readonly settings: { shellProgram(): string };
  readonly trust: { readonly isTrusted: boolean };
}

export interface ServerPort {
  request<M extends Method>(method: M, params: Params<M>, options?: RequestOptions): Promise<Result<M>>;
  /** A connection, for who needs notifications too. */
  require(): Promise<Link>;
  restart(): Promise<void>;
  /** Why there is no server, when it has failed. */
  readonly failure: SessionProblem | undefined;
}

export interface ViewsPort {
  selection(kind: 'image'): readonly ImageTarget[];
  selection(kind: 'container'): readonly ContainerTarget[];
  selection(kind: 'volume'): readonly VolumeTarget[];
  reveal(target: Target): Promise<void>;
}

export interface Offer<K extends CommandId> {
  readonly message: string;
  /** The button. */
  readonly action: string;
  readonly command: K;
  readonly args: CommandArguments[K];
}

export interface Prompts {
  /** The trimmed text; undefined when the person gave up. `problem` says why a text is no good. */
  input(options: InputOptions): Promise<string | undefined>;
  /** A text with suggestions while it is typed; undefined when the person gave up. */
  suggest(options: SuggestOptions): Promise<string | undefined>;
  /** The chosen values; undefined when the person gave up. */
  pick<T>(options: PickOptions<T>): Promise<readonly T[] | undefined>;
  /** A modal dialog: for destruction only. `message` names the object. */
  confirm(options: { readonly message: string; readonly detail: string; readonly action: string }): Promise<boolean>;
  inform(message: string): void;
  /** A notification with one button, for a command; nobody waits for it. */
  offer<K extends CommandId>(offer: Offer<K>): void;
  /** A short line in the status bar that goes away by itself. */
  hint(message: string): void;
  /** Shows progress in the view, and as a notification with Cancel when `cancellable`. */
  progress<T>(options: ProgressOptions, work: (progress: ProgressPort) => Promise<T>): Promise<T>;
  copy(text: string): Promise<void>;
  /** The absolute path of a file to write; undefined when the person gave up. Whoever is asked has agreed that it is replaced. */
  saveFile(options: { readonly title: string; readonly name: string }): Promise<string | undefined>;
  /** Paths of files to read; undefined when the person gave up. */
  openFiles(options: OpenFilesOptions): Promise<readonly string[] | undefined>;
}

export interface OpenFilesOptions {
  readonly title: string;
  /** What the dialog's button says. */
  readonly action: string;
  readonly many: boolean;
}

export interface InputOptions {
  readonly title: string;
  readonly prompt: string;
  readonly placeholder: string;
  /** What stands in the box at first. */
  readonly value: string;
  readonly problem: (text: string) => string | undefined;
  /** Not shown, and taken as it is typed. */
  readonly password?: boolean;
}

export interface SuggestOptions {
  readonly title: string;
  readonly placeholder: string;
  /** For the text so far; where it fails, nothing is suggested. */
  readonly suggestions: (text: string, signal: AbortSignal) => Promise<readonly PickItem<string>[]>;
}

export interface PickOptions<T> {
  readonly title: string;
  readonly placeholder: string;
  readonly many: boolean;
  readonly items: readonly PickItem<T>[];
}

export interface PickItem<T> {
  readonly label: string;
  readonly description?: string;
  readonly value: T;
}

export interface ProgressOptions {
  readonly view: ViewId;
  /** With a title there is a notification, too. */
  readonly title?: string;
}

export interface ProgressPort {
  /** Aborted by the person's Cancel. */
  readonly signal: AbortSignal;
  /** `fraction`, 0 to 1, never goes back. */
  readonly report: (message: string, fraction?: number) => void;
}

export interface TerminalsPort {
  open(options: TerminalRequest): void;
}

export interface TerminalRequest {
  readonly name: string;
  /** A codicon. */
  readonly icon: string;
  /** Arguments of the thin client. */
  readonly args: readonly string[];
  /** Whether the terminal waits for Enter after the end: only where the engine failed, or always. */
  readonly hold: 'failure' | 'always';
}

export interface DocumentsPort {
  /** Opens a read-only document; `name` is its title, with the extension that says its language. */
  openInspect(options: { readonly target: Target; readonly name: string }): Promise<void>;
  /** What a container has changed. */
  openChanges(options: { readonly id: string; readonly name: string }): Promise<void>;
  openDoctor(): Promise<void>;
  /** What Slipway takes on the disk; `report`: what a check has just found. */
  openStorage(report?: StoreReport): Promise<void>;
}
