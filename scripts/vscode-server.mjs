// Runs the VS Code server of setup-vscode.mjs on loopback with a profile of its own. Knows nothing of the extension.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Settings of a quiet VS Code that asks nobody anything. */
export const QUIET_SETTINGS = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': 'off',
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
};

/**
 * Starts the server and resolves when it listens.
 * `profile`: a folder for everything it writes. `settings`: the user settings, written when they are given.
 * `start`: how to start a program, for a server that runs as somebody else (with that person's environment).
 * `open`: nobody else uses this machine, so the address needs no token.
 */
export async function startVscodeServer(options) {
  const { serverDir, node, profile, settings, flags = [], open = false, env = {}, start } = options;
  if (settings !== undefined) await writeSettings(profile, settings);
  // Whoever reaches the server has a terminal as this user: loopback is shared by all users of a machine.
  const token = open ? undefined : randomBytes(24).toString('hex');
  const guard = token === undefined ? ['--without-connection-token'] : ['--connection-token', token];
  const args = [...serverArguments(serverDir, profile), '--host', '127.0.0.1', '--port', '0', ...guard, ...flags];
  const spawnOptions = { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: serverEnvironment(env, start) };
  const child = (start ?? spawn)(node, args, spawnOptions);
  const stop = () => stopGroup(child);
  try {
    const port = await listening(child);
    return { port, url: `http://127.0.0.1:${port}/${token === undefined ? '' : `?tkn=${token}`}`, child, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Installs an extension from a VSIX into a profile. */
export async function installExtension({ serverDir, node, profile, vsix, env = {}, start }) {
  const args = [...serverArguments(serverDir, profile), '--install-extension', vsix, '--force'];
  const options = { stdio: ['ignore', 'pipe', 'pipe'], env: serverEnvironment(env, start) };
  const child = (start ?? spawn)(node, args, options);
  const { output, ended } = collect(child);
  const status = await ended;
  if (status !== 0) throw new Error(`install ${vsix}: VS Code ended with ${status}\n${output()}`);
}

/** Writes user settings into a profile. */
export async function writeSettings(profile, settings) {
  const folder = join(profile, 'data', 'User');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings, undefined, 2));
}

function serverArguments(serverDir, profile) {
  return [
    join(serverDir, 'out', 'server-main.js'),
    '--accept-server-license-terms',
    '--telemetry-level',
    'off',
    '--server-data-dir',
    join(profile, 'server'),
    '--user-data-dir',
    join(profile, 'data'),
    '--extensions-dir',
    join(profile, 'extensions'),
  ];
}

/** Without the variables of a VS Code in whose terminal this may run, and without a gallery to ask. */
function serverEnvironment(env, start) {
  const own = Object.entries({ ...(start === undefined ? process.env : {}), ...env }).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_)/.test(name),
  );
  return { ...Object.fromEntries(own), EXTENSIONS_GALLERY: '{}' };
}

/** Resolves with the port; the server names it when it is bound. */
async function listening(child) {
  const { output, ended } = collect(child);
  const bound = new Promise((resolve) => {
    child.stdout.on('data', () => {
      const match = /Extension host agent listening on (\d+)/.exec(output());
      if (match !== null) resolve(Number(match[1]));
    });
  });
  const port = await Promise.race([bound, ended.then(() => undefined)]);
  if (port === undefined) throw new Error(`start VS Code server: it ended\n${output()}`);
  return port;
}

function collect(child) {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => (text = (text + chunk).slice(-100_000)));
  }
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  return { output: () => text, ended };
}

async function stopGroup(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGTERM');
  await ended;
}
