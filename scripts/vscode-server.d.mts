import { type ChildProcess, type SpawnOptions } from 'node:child_process';

export declare const QUIET_SETTINGS: Readonly<Record<string, unknown>>;

export interface ServerPlace {
  readonly serverDir: string;
  readonly node: string;
  /** A folder for everything the server writes. */
  readonly profile: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly start?: (command: string, args: readonly string[], options: SpawnOptions) => ChildProcess;
}

export interface RunningServer {
  readonly port: number;
  readonly url: string;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

export declare function startVscodeServer(
  options: ServerPlace & {
    readonly settings?: Readonly<Record<string, unknown>>;
    readonly flags?: readonly string[];
    /** Without a token in the address. */
    readonly open?: boolean;
  },
): Promise<RunningServer>;
export declare function installExtension(options: ServerPlace & { readonly vsix: string }): Promise<void>;
export declare function writeSettings(profile: string, settings: Readonly<Record<string, unknown>>): Promise<void>;
