// A VS Code with the packed extension for a person: an ordinary user when the tests run as root. Ends with its server.

import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { packageVsix } from '../../../scripts/package.mjs';
import { setupVscodeServer } from '../../../scripts/setup-vscode.mjs';
import {
  installExtension,
  QUIET_SETTINGS,
  startVscodeServer,
  writeSettings,
  type RunningServer,
} from '../../../scripts/vscode-server.mjs';
import { collect, createWorld, withoutPerson, type PersonKind, type World } from '../../support/world.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

const SETTINGS = {
  ...QUIET_SETTINGS,
  // Rows of a terminal are in the page then, where a test can read them.
  'terminal.integrated.gpuAcceleration': 'off',
  'security.workspace.trust.enabled': false,
};

export interface Person {
  readonly world: World;
  /** Starts a VS Code server; it ends with the person. `env` and `settings` come on top of the person's. */
  vscode(options?: VscodeOptions): Promise<RunningServer>;
  dispose(): Promise<void>;
}

export interface VscodeOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Who uses VS Code in these tests: never root where somebody else can be had. */
export function personKind(): PersonKind {
  return withoutPerson('ordinary') === undefined ? 'ordinary' : 'root';
}

/** Packs the extension and installs it into a fresh profile. Expects a finished build. */
export async function createPerson(): Promise<Person> {
  const world = createWorld(personKind());
  const place = await readablePlace(world, await setupVscodeServer({ root: ROOT }));
  const profile = join(world.directory, 'vscode');
  const vsix = join(world.directory, 'slipway.vsix');
  cpSync(await packageVsix(), vsix);
  mkdirSync(join(profile, 'data/User'), { recursive: true });
  for (const path of [vsix, profile, join(profile, 'data'), join(profile, 'data/User')]) world.give(path);
  const common = { ...place, profile, start: world.start.bind(world) };
  await installExtension({ ...common, vsix });
  const servers: RunningServer[] = [];
  return {
    world,
    async vscode({ env = {}, settings = {} } = {}) {
      await writeSettings(profile, { ...SETTINGS, ...settings });
      const server = await startVscodeServer({ ...common, env, open: true });
      servers.push(server);
      return server;
    },
    async dispose() {
      await Promise.all(servers.map((server) => server.stop()));
      await world.dispose();
      place.dispose();
    },
  };
}

interface Place {
  readonly serverDir: string;
  readonly node: string;
  readonly dispose: () => void;
}

/** VS Code where this person can read it: a copy when the checkout lies in somebody's closed home. */
async function readablePlace(world: World, { serverDir, node }: { serverDir: string; node: string }): Promise<Place> {
  const readable = await collect(
    world.start('/usr/bin/test', ['-r', join(serverDir, 'package.json'), '-a', '-x', node], {
      stdio: 'pipe',
      cwd: '/',
    }),
  );
  if (readable.status === 0) return { serverDir, node, dispose: () => undefined };
  const copy = mkdtempSync(join(tmpdir(), 'slipway-vscode-'));
  world.give(copy);
  cpSync(serverDir, join(copy, 'server'), { recursive: true });
  mkdirSync(join(copy, 'bin'));
  cpSync(realpathSync(node), join(copy, 'bin/node'));
  return {
    serverDir: join(copy, 'server'),
    node: join(copy, 'bin/node'),
    dispose: () => {
      rmSync(copy, { recursive: true, force: true });
    },
  };
}
