// Every command, view, context key, setting and scheme of the extension once, with what a command may be called with.
// package.json names the same; a test compares the two. Knows neither vscode nor the server.

export const EXTENSION_ID = 'slipway.slipway';

export const VIEW = { images: 'slipway.images', containers: 'slipway.containers', volumes: 'slipway.volumes' } as const;
export type ViewId = (typeof VIEW)[keyof typeof VIEW];

/** Values of `slipway.state` are the names of `SessionState` in session.ts. */
export const CONTEXT_KEY = { state: 'slipway.state' } as const;

export const SETTING = {
  /** The program that "Open Shell" runs in a container; empty: the first of bash, ash and sh. */
  shellProgram: 'slipway.shell.program',
} as const;

/** Scheme of the read-only documents: `inspect` answers, the doctor and the storage page. */
export const DOCUMENT_SCHEME = 'slipway';

/** An image as a row names it: one row per reference; without one the row of a dangling image. */
export interface ImageTarget {
  readonly kind: 'image';
  readonly id: string;
  readonly reference?: string;
}

export interface ContainerTarget {
  readonly kind: 'container';
  readonly id: string;
}

export interface VolumeTarget {
  readonly kind: 'volume';
  /** Its name. */
  readonly id: string;
}

export type Target = ImageTarget | ContainerTarget | VolumeTarget;

/** A key binding's way to say: whatever is selected in the view. */
export interface SelectionArgument {
  readonly selection: true;
}

/** `confirmed`: the caller has already asked the person, so that no modal dialog appears. */
export interface Confirmation {
  readonly confirmed?: boolean;
}

/**
 * What a command on rows is called with: from a row, the row and all the selected rows; from a key, a
 * {@link SelectionArgument}; from the palette, nothing, and then the command asks.
 */
export type TargetArguments<T extends Target> = readonly [
  target?: (T & Confirmation) | SelectionArgument,
  selected?: readonly T[],
];

/** Every command and its arguments. Handlers check what they get: any extension can call them with anything. */
export interface CommandArguments {
  /** A reference is pulled without a question; with `edit` the person is asked, and this stands in the box. */
  'slipway.images.pull': readonly [reference?: string | { readonly edit: string }];
  'slipway.images.search': readonly [];
  'slipway.images.run': TargetArguments<ImageTarget>;
  'slipway.images.runInteractive': TargetArguments<ImageTarget>;
  'slipway.images.push': TargetArguments<ImageTarget>;
  'slipway.images.remove': TargetArguments<ImageTarget>;
  'slipway.images.inspect': TargetArguments<ImageTarget>;
  'slipway.images.copyId': TargetArguments<ImageTarget>;
  'slipway.images.save': TargetArguments<ImageTarget>;
  'slipway.images.load': readonly [];
  'slipway.images.import': readonly [];
  'slipway.images.prune': readonly [];
  'slipway.images.refresh': readonly [];
  'slipway.containers.shell': TargetArguments<ContainerTarget>;
  'slipway.containers.attach': TargetArguments<ContainerTarget>;
  'slipway.containers.start': TargetArguments<ContainerTarget>;
  'slipway.containers.stop': TargetArguments<ContainerTarget>;
  'slipway.containers.restart': TargetArguments<ContainerTarget>;
  'slipway.containers.kill': TargetArguments<ContainerTarget>;
  'slipway.containers.rename': TargetArguments<ContainerTarget>;
  'slipway.containers.snapshot': TargetArguments<ContainerTarget>;
  'slipway.containers.fork': TargetArguments<ContainerTarget>;
  'slipway.containers.rewind': TargetArguments<ContainerTarget>;
  'slipway.containers.pause': TargetArguments<ContainerTarget>;
  'slipway.containers.unpause': TargetArguments<ContainerTarget>;
  'slipway.containers.changeLimits': TargetArguments<ContainerTarget>;
  'slipway.containers.commit': TargetArguments<ContainerTarget>;
  'slipway.containers.export': TargetArguments<ContainerTarget>;
  'slipway.containers.changes': TargetArguments<ContainerTarget>;
  'slipway.containers.remove': TargetArguments<ContainerTarget>;
  /** Their ids; without them the person is asked. */
  'slipway.containers.restore': readonly [ids?: readonly string[]];
  'slipway.containers.logs': TargetArguments<ContainerTarget>;
  'slipway.containers.processes': TargetArguments<ContainerTarget>;
  'slipway.containers.stats': TargetArguments<ContainerTarget>;
  'slipway.containers.inspect': TargetArguments<ContainerTarget>;
  'slipway.containers.copyId': TargetArguments<ContainerTarget>;
  'slipway.containers.prune': readonly [];
  'slipway.containers.refresh': readonly [];
  'slipway.volumes.create': readonly [];
  'slipway.volumes.inspect': TargetArguments<VolumeTarget>;
  'slipway.volumes.copyName': TargetArguments<VolumeTarget>;
  'slipway.volumes.remove': TargetArguments<VolumeTarget>;
  'slipway.volumes.prune': readonly [];
  'slipway.volumes.refresh': readonly [];
  'slipway.registries.login': readonly [];
  'slipway.registries.logout': readonly [];
  'slipway.system.doctor': readonly [];
  'slipway.system.events': readonly [];
  'slipway.system.usage': readonly [];
  'slipway.system.check': readonly [];
  'slipway.system.repair': readonly [];
  'slipway.system.restartServer': readonly [];
  'slipway.system.showLog': readonly [];
  'slipway.starter.run': readonly [];
}

export type CommandId = keyof CommandArguments;

/** What the extension registers for a command. */
export type Handler<K extends CommandId> = (...args: CommandArguments[K]) => Promise<void>;

/** One handler for every command: a missing or a misspelt one does not compile. */
export type CommandTable = { readonly [K in CommandId]: Handler<K> };
