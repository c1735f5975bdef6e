// Opens VS Code with the extension: the desktop one where it is installed, else the VS Code server in a browser.
// Expects a finished build. Plain JavaScript.
import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { packageVsix } from './package.mjs';
import { ensurePackages, PACKAGES } from './setup.mjs';
import { setupVscodeServer } from './setup-vscode.mjs';
import { installExtension, QUIET_SETTINGS, startVscodeServer } from './vscode-server.mjs';

/**
 * Opens VS Code. With a desktop it returns at once; with the server it stays until Ctrl-C and ends the server then.
 * @param {{ root: string, profile?: string }} options `root`: the project's folder, whose dist/ is built. `profile`: the
 * server's folder for settings and extensions.
 */
export async function openVscode({ root, profile = join(root, '.vscode-test', 'profile') }) {
  const code = desktopCode();
  if (code === undefined) await serve(root, profile);
  else await openDesktop(code, root);
}

/** The desktop's `code`; not the one that a remote VS Code puts on the PATH of its terminals, which can't open a development window. */
function desktopCode() {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'code');
    if (folder !== '' && isExecutable(path) && !isRemoteShim(path)) return path;
  }
  return undefined;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isRemoteShim(path) {
  const real = realpathSync(path);
  if (/remote-cli|\.vscode-server|code-server/.test(real)) return true;
  return readFileSync(real).subarray(0, 8192).includes('remote-cli');
}

async function openDesktop(code, root) {
  console.log(`slipway: opening ${code} with the extension from ${root}`);
  const child = spawn(code, ['--new-window', `--extensionDevelopmentPath=${root}`], { stdio: 'inherit' });
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) throw new Error(`open ${code}: ended with ${status}`);
}

async function serve(root, profile) {
  ensurePackages(PACKAGES.vscodeServer);
  const { serverDir, node } = await setupVscodeServer({ root, log: (line) => console.log(`slipway: ${line}`) });
  const place = { serverDir, node, profile };
  await installExtension({ ...place, vsix: await packageVsix() });
  const settings = firstSettings(profile);
  const server = await startVscodeServer({ ...place, ...(settings === undefined ? {} : { settings }) });
  console.log(`slipway: VS Code is at ${server.url}  (Ctrl-C ends it; containers go on)`);
  if (process.env.DISPLAY) openBrowser(server.url);
  await untilEnd(server);
}

/** Settings only where there are none: a person's changes stay. */
function firstSettings(profile) {
  try {
    accessSync(join(profile, 'data', 'User', 'settings.json'));
    return undefined;
  } catch {
    return QUIET_SETTINGS;
  }
}

function openBrowser(url) {
  // No browser is no failure: the address has been printed.
  spawn('xdg-open', [url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

/** Resolves after Ctrl-C, SIGTERM or the server's own end; the server is gone then. */
async function untilEnd({ child, stop }) {
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve);
    child.once('exit', resolve);
  });
  await stop();
}
