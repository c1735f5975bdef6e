#!/usr/bin/env node
// Takes the desktop flags that @vscode/test-electron's runTests() passes and runs the same suite in the VS Code server and
// headless Chromium. Its exit code is the suite's. VSCODE_SERVER_DIR and VSCODE_SERVER_NODE name what setup-vscode.mjs made.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { QUIET_SETTINGS, startVscodeServer } from '../../../scripts/vscode-server.mjs';
import { launchBrowser } from './browser.mjs';

/** How the suite marks its own lines: VS Code's chatter is dropped. */
const MARK = '##suite ';
const TIMED_OUT = 99;
const CRASHED = 98;

const argv = process.argv.slice(2);
const flag = (name) =>
  argv.filter((arg) => arg.startsWith(`--${name}=`)).map((arg) => resolve(arg.slice(name.length + 3)));
const [tests] = flag('extensionTestsPath');
const { VSCODE_SERVER_DIR: serverDir, VSCODE_SERVER_NODE: node } = process.env;
if (tests === undefined || serverDir === undefined || node === undefined) {
  console.error('code-shim: only test runs, with VSCODE_SERVER_DIR and VSCODE_SERVER_NODE');
  process.exit(2);
}
process.exitCode = await runSuite();

async function runSuite() {
  const { version } = JSON.parse(await readFile(join(serverDir, 'package.json'), 'utf8'));
  console.log(
    `code-shim: VS Code ${version} (server build from the npm package code-server) with Chromium, not Electron`,
  );
  const profile = await mkdtemp(join(tmpdir(), 'slipway-host-'));
  // The driver is what makes a server take extensionTestsPath from the page's address.
  const flags = ['--disable-workspace-trust', '--enable-smoke-test-driver'];
  const server = await startVscodeServer({ serverDir, node, profile, settings: QUIET_SETTINGS, flags, open: true });
  const stop = () => void server.stop();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
  const browser = await launchBrowser();
  try {
    return await runInPage(await browser.newPage({ viewport: { width: 1280, height: 800 } }), server);
  } finally {
    await browser.close();
    await server.stop();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function runInPage(page, { port, child }) {
  const { promise: finished, resolve: finish } = deferred();
  await page.exposeFunction('codeAutomationLog', (_type, args) => {
    const text = args.join(' ');
    if (text.startsWith(MARK)) console.log(text.slice(MARK.length));
    else if (process.env.VERBOSE) console.error(text);
  });
  await page.exposeFunction('codeAutomationExit', finish);
  let over = false;
  const crash = (what) => {
    if (over) return;
    console.error(`code-shim: ${what}`);
    finish(CRASHED);
  };
  page.on('crash', () => crash('the page crashed'));
  child.once('exit', (code, signal) => crash(`the VS Code server ended with ${code ?? signal}`));

  const uri = (path) => `vscode-remote://127.0.0.1:${port}${path}`;
  const payload = [
    ...flag('extensionDevelopmentPath').map((path) => ['extensionDevelopmentPath', uri(path)]),
    ['extensionTestsPath', uri(tests)],
  ];
  const folder = argv.find((arg) => !arg.startsWith('-'));
  const place = folder === undefined ? 'ew=true' : `folder=${encodeURIComponent(resolve(folder))}`;
  await page.goto(`http://127.0.0.1:${port}/?${place}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
  const limit = Number(process.env.VSCODE_TEST_TIMEOUT_MS ?? 300_000);
  const timer = setTimeout(finish, limit, TIMED_OUT);
  const code = await finished;
  over = true;
  clearTimeout(timer);
  if (code === TIMED_OUT) {
    const path = join(tmpdir(), 'code-shim-timeout.png');
    await page.screenshot({ path });
    console.error(`code-shim: timed out after ${limit} ms; what was on the screen: ${path}`);
  }
  return code;
}

function deferred() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
