// Where the server's socket and the extension's own programs lie. The rule for the run directory is the thin client's
// (native/src/client); knows no vscode.

import { isAbsolute, join, resolve } from 'node:path';

export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
}

/** The run directory: `$SLIPWAY_RUN`, else for root `/run/slipway`, else `$XDG_RUNTIME_DIR/slipway`, else `/tmp/slipway-UID`. */
export function runDirectory({ env, uid }: Machine): string {
  const own = env['SLIPWAY_RUN'];
  if (own !== undefined && own !== '') return resolve(own);
  if (uid === 0) return '/run/slipway';
  const session = env['XDG_RUNTIME_DIR'];
  // The XDG specification: a relative value is as if unset.
  if (session !== undefined && isAbsolute(session)) return join(session, 'slipway');
  return `/tmp/slipway-${uid}`;
}

/** The socket on which the server speaks JSON-RPC. */
export function serverSocket(machine: Machine): string {
  return join(runDirectory(machine), 'server.sock');
}

/** A program that runs JavaScript as Node does. */
export interface NodeProgram {
  readonly path: string;
  /** Electron's own program is Node only when a variable says so. */
  readonly isElectron: boolean;
}

/** The thin client inside the extension's folder. */
export function clientProgram(extensionPath: string): string {
  return join(extensionPath, 'dist', 'bin', 'slipway');
}

/**
 * The variables that the thin client needs beyond the person's own: which Node may run the server (VS Code's own, so that
 * nothing has to be installed) and which instance is meant.
 */
export function clientEnvironment(env: Machine['env'], node: NodeProgram): Readonly<Record<string, string>> {
  const passed = PASSED_ON.flatMap((name) => {
    const value = env[name];
    // Terminals have another working directory than this process: only an absolute path means the same there.
    return value === undefined || value === '' ? [] : [[name, resolve(value)] as const];
  });
  const electron = node.isElectron ? { ELECTRON_RUN_AS_NODE: '1' } : {};
  return { ...Object.fromEntries(passed), ...electron, SLIPWAY_NODE: env['SLIPWAY_NODE'] ?? node.path };
}

/** All are paths. */
const PASSED_ON = ['SLIPWAY_RUN', 'SLIPWAY_DATA', 'SLIPWAY_CONFIG', 'SLIPWAY_SERVER'] as const;
