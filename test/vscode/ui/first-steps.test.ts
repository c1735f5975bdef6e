// A person's first steps in a real VS Code: pull, run, work in a terminal, stop, remove. The steps follow one another.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Browser } from 'playwright-core';
import { isFor, startHostileRegistry } from '../../support/hostile-registry.ts';
import { buildImage, busyboxLayer, pushImage, type TestLayer } from '../../support/images.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { launchBrowser } from '../support/browser.mjs';
import { createPerson, personKind, type Person } from '../support/person.ts';
import {
  choose,
  contextMenu,
  dialog,
  dismissToasts,
  errorToast,
  fillQuickInput,
  inlineAction,
  openActivity,
  openWorkbench,
  palette,
  row,
  toast,
  typeInTerminal,
  waitForTerminal,
  widenSideBar,
  type Workbench,
} from '../support/workbench.ts';

/** An image's row begins with its name, a container's with its own. */
const IMAGE = /^busybox:latest/;
const STARTER = /^localhost\/starter:latest/;

describe(`first steps in VS Code, as ${personKind() === 'root' ? 'root' : 'an ordinary user'}`, () => {
  const cleanup = new AsyncDisposableStack();
  let person: Person;
  let browser: Browser;
  let registry: TestRegistry;
  let vscode: Workbench;

  before(async () => {
    person = cleanup.adopt(await createPerson(), (made) => made.dispose());
    registry = cleanup.use(await startRegistry());
    await pushImage(registry.host, 'library/busybox', 'latest', buildImage([await busyboxLayer()]));
    person.world.configure({ 'registry-mirrors': [`http://${registry.host}`] });
    browser = cleanup.adopt(await launchBrowser(), (made) => made.close());
    const { url } = await person.vscode();
    vscode = await openWorkbench(browser, url);
  });
  after(() => cleanup.disposeAsync());

  it('opening VS Code starts nothing', async () => {
    assert.equal(existsSync(join(person.world.runtimeDirectory, 'server.sock')), false);
    await vscode.shot('01-opened');
  });

  it('the first look at the views starts the server and shows the starter image', async () => {
    await openActivity(vscode, 'Slipway');
    await vscode.page.getByText('There are no containers yet.').waitFor();
    await row(vscode, STARTER).waitFor();
    await widenSideBar(vscode, 110);
    assert.equal(existsSync(join(person.world.runtimeDirectory, 'server.sock')), true);
    await vscode.shot('02-empty');
  });

  it('a bad reference is refused while it is typed', async () => {
    await palette(vscode, 'Slipway Images: Pull Image');
    await fillQuickInput(vscode.page, 'https://example.com/Alpine');
    await vscode.page.locator('.quick-input-message', { hasText: 'without https' }).waitFor();
    await vscode.shot('03-bad-reference');
  });

  it('an unknown image is one sentence with a hint, and leaves no row', async () => {
    await fillQuickInput(vscode.page, `${registry.host}/no/such:image`);
    await vscode.page.keyboard.press('Enter');
    await errorToast(vscode, 'no/such').waitFor();
    await vscode.shot('04-unknown-image');
    await errorToast(vscode, 'no/such').getByRole('button', { name: 'Change Name…' }).click();
    const box = vscode.page.locator('.quick-input-widget input.input');
    await box.waitFor();
    assert.match(await box.inputValue(), /no\/such:image$/);
    await vscode.page.keyboard.press('Escape');
    assert.equal(await row(vscode, 'no/such').count(), 0);
  });

  it('a pull that takes long shows how far it is, and can be cancelled without a trace', async () => {
    await using slow = await startHostileRegistry();
    const image = buildImage([await busyboxLayer()]);
    slow.serveImage('slow', 'latest', image);
    slow.intercept((request, response) => sendHalf(request, response, image.layers[0]!));
    await palette(vscode, 'Slipway Images: Pull Image');
    await fillQuickInput(vscode.page, `${slow.host}/slow`);
    await vscode.page.keyboard.press('Enter');
    const notification = toast(vscode, 'Pulling');
    await notification.getByText('0 of 1 layers').waitFor();
    await vscode.shot('05-pulling');
    await notification.getByRole('button', { name: 'Cancel' }).click();
    await notification.waitFor({ state: 'hidden' });
    assert.equal(await toast(vscode, /./).count(), 0);
    assert.equal(await row(vscode, 'slow').count(), 0);
  });

  it('pulling by name makes a row appear', async () => {
    await palette(vscode, 'Slipway Images: Pull Image');
    await fillQuickInput(vscode.page, 'busybox');
    await vscode.page.keyboard.press('Enter');
    await row(vscode, IMAGE).waitFor();
    await vscode.shot('06-pulled');
  });

  it('its menu has what can be done with it', async () => {
    await contextMenu(vscode, row(vscode, IMAGE));
    await vscode.shot('07-image-menu');
    await vscode.page.keyboard.press('Escape');
  });

  it('running it interactively opens a real terminal in the container', async () => {
    await inlineAction(row(vscode, IMAGE), 'Run in a Terminal');
    await waitForTerminal(vscode, /\/ # $|\/ #$/m);
    await row(vscode, 'running').waitFor();
    await typeInTerminal(vscode, 'ls /');
    const text = await waitForTerminal(vscode, /\bproc\b[\s\S]*\/ #/);
    for (const name of ['bin', 'dev', 'etc', 'proc', 'sys']) assert.match(text, new RegExp(`\\b${name}\\b`));
    await vscode.shot('08-terminal');
  });

  it('the container sees only itself', async () => {
    await typeInTerminal(vscode, 'ps; cat /etc/hostname; busybox env | busybox grep -c VSCODE');
    const text = await waitForTerminal(vscode, /^[0-9a-f]{12}\n0$/m);
    assert.ok((text.match(/^ +\d+ /gm) ?? []).length <= 4, text);
  });

  it('exit ends it, and its row says so', async () => {
    await typeInTerminal(vscode, 'exit 3');
    await row(vscode, 'exited (3)').waitFor();
    await vscode.page.locator('.terminal-wrapper.active').waitFor({ state: 'detached' });
    assert.equal(await toast(vscode, /terminated|exit code/).count(), 0);
    await vscode.shot('09-exited');
  });

  it('start and Open Shell give a second terminal in the same container', async () => {
    await inlineAction(row(vscode, 'exited (3)'), 'Start');
    await row(vscode, 'running').waitFor();
    await contextMenu(vscode, row(vscode, 'running'));
    await vscode.shot('10-container-menu');
    await choose(vscode, 'Open Shell');
    await waitForTerminal(vscode, /\/ #/);
    await typeInTerminal(vscode, 'ps');
    await waitForTerminal(vscode, /PID[\s\S]*\/ # ?$/);
    await vscode.shot('11-shell');
    await vscode.readmeShot();
  });

  it('the shell survives a reload of the window', async () => {
    const reloaded = vscode.page.waitForEvent('load');
    await palette(vscode, 'Developer: Reload Window');
    await reloaded;
    await waitForTerminal(vscode, /PID[\s\S]*\/ # ?$/);
    await row(vscode, 'running').waitFor();
    await typeInTerminal(vscode, 'exit');
    await vscode.page.locator('.terminal-wrapper.active').waitFor({ state: 'detached' });
  });

  it('logs show what it wrote', async () => {
    await contextMenu(vscode, row(vscode, 'running'));
    await choose(vscode, 'Show Logs');
    await waitForTerminal(vscode, /exit 3[\s\S]*built-in shell/);
    await vscode.shot('12-logs');
  });

  it('limits are asked for in its menu; what the machine can’t keep is one sentence', async () => {
    await contextMenu(vscode, row(vscode, 'running'));
    await choose(vscode, 'Change Limits');
    const input = vscode.page.locator('.quick-input-widget');
    await input.locator('.monaco-list-row', { hasText: 'Memory' }).click();
    await vscode.shot('33-limits');
    await vscode.page.keyboard.press('Enter');
    await input.getByText('Memory that it may use at most.').waitFor();
    await fillQuickInput(vscode.page, 'much');
    await vscode.shot('34-limit-refused');
    await fillQuickInput(vscode.page, '64m');
    await vscode.page.keyboard.press('Enter');
    await toast(vscode, /^(Source|update|Limits of)|update .*:|Limits of .* changed/).waitFor();
    await vscode.shot('35-limit-answer');
    await dismissToasts(vscode);
  });

  it('pause holds it, or says why this machine can’t', async () => {
    await contextMenu(vscode, row(vscode, 'running'));
    await choose(vscode, 'Pause');
    const paused = row(vscode, 'paused');
    await paused
      .or(errorToast(vscode, /pause /))
      .first()
      .waitFor();
    await vscode.shot('36-pause');
    if ((await paused.count()) === 0) return dismissToasts(vscode);
    await contextMenu(vscode, paused);
    await vscode.shot('37-paused-menu');
    await choose(vscode, 'Unpause');
    await row(vscode, 'running').waitFor();
  });

  it('stop ends it, and the logs stay readable', async () => {
    await inlineAction(row(vscode, 'running'), 'Stop');
    await row(vscode, /exited \(\d+\)/).waitFor();
    await waitForTerminal(vscode, /Press Enter to close\./);
    await typeInTerminal(vscode, '');
    await vscode.page.locator('.terminal-wrapper.active').waitFor({ state: 'detached' });
  });

  it('inspect opens a JSON document', async () => {
    await contextMenu(vscode, row(vscode, 'exited'));
    await choose(vscode, 'Inspect Container');
    await vscode.page.locator('.view-lines', { hasText: '"Id"' }).waitFor();
    await vscode.shot('13-inspect');
  });

  it('doctor says what this machine can do', async () => {
    await palette(vscode, 'Slipway: Doctor');
    await vscode.page.locator('.tab', { hasText: 'Slipway Doctor' }).waitFor();
    const preview = vscode.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    await preview.getByRole('heading', { name: 'Slipway Doctor' }).waitFor();
    await vscode.shot('14-doctor');
    await palette(vscode, 'View: Close All Editors');
  });

  it('remove asks, naming it, and takes it away', async () => {
    const target = row(vscode, 'exited');
    const name = (await target.locator('.label-name').innerText()).trim();
    await inlineAction(target, 'Remove Container');
    await dialog(vscode).getByText(`Remove ${name}?`).waitFor();
    await vscode.shot('15-remove');
    await dialog(vscode).getByRole('button', { name: 'Remove' }).click();
    await target.waitFor({ state: 'detached' });
    await vscode.page.getByText('There are no containers yet.').waitFor();
    await vscode.shot('16-removed');
  });

  it('a killed server is started again, with one message, and nothing is lost', async () => {
    process.kill(person.world.serverPid(), 'SIGKILL');
    await toast(vscode, 'ended unexpectedly').waitFor();
    await row(vscode, IMAGE).waitFor();
    await vscode.shot('17-killed');
    await dismissToasts(vscode);
  });

  it('the starter image needs no registry', async () => {
    await registry.stop();
    await palette(vscode, 'Slipway: Run the Starter Image');
    await waitForTerminal(vscode, /:\/#/);
    await row(vscode, /running.*starter/).waitFor();
    await vscode.shot('18-starter');
    await typeInTerminal(vscode, 'exit');
    await row(vscode, /exited.*starter/).waitFor();
    await vscode.page.locator('.terminal-wrapper.active').waitFor({ state: 'detached' });
  });

  it('a registry that is down is a sentence with a way to try again', async () => {
    await palette(vscode, 'Slipway Images: Pull Image');
    await fillQuickInput(vscode.page, `${registry.host}/busybox`);
    await vscode.page.keyboard.press('Enter');
    await toast(vscode, registry.host).getByRole('button', { name: 'Try Again' }).waitFor();
    await vscode.shot('19-registry-down');
    await dismissToasts(vscode);
  });

  it('the storage page says what takes space', async () => {
    await palette(vscode, 'Slipway: Show Disk Usage');
    await vscode.page.locator('.tab', { hasText: 'Slipway Storage' }).waitFor();
    const preview = vscode.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    await preview.getByRole('cell', { name: 'localhost/starter:latest' }).waitFor();
    await vscode.shot('38-storage');
    await palette(vscode, 'View: Close All Editors');
  });

  it('a check says in a line that all is well; what was altered is named with what to type, and repaired', async () => {
    await palette(vscode, 'Slipway: Check Storage');
    await vscode.page.getByText('storage is as it should be').waitFor();
    const layers = join(person.world.dataDirectory, 'layers');
    for (const key of readdirSync(layers)) appendFileSync(join(layers, key, 'fs/etc/passwd'), 'eve::0:0::/:\n');
    await palette(vscode, 'Slipway: Check Storage');
    const preview = vscode.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    await preview.getByText('etc/passwd (size)').first().waitFor();
    await vscode.shot('39-altered');
    await palette(vscode, 'Slipway: Repair Storage');
    await preview.getByRole('heading', { name: 'All problems were repaired' }).waitFor();
    await vscode.shot('40-repaired');
    await palette(vscode, 'View: Close All Editors');
  });

  it('unused images are offered with their size', async () => {
    await palette(vscode, 'Slipway Images: Remove Unused Images');
    await vscode.page.locator('.quick-input-list .monaco-list-row', { hasText: 'All images without' }).waitFor();
    await vscode.shot('41-prune');
    await vscode.page.keyboard.press('Escape');
  });

  it('several containers go at once, with the Delete key', async () => {
    await runAndLeave(vscode, STARTER);
    await row(vscode, 'exited').first().click();
    await row(vscode, 'exited')
      .last()
      .click({ modifiers: ['Shift'] });
    await vscode.page.keyboard.press('Delete');
    await vscode.shot('20-remove-several');
    await dialog(vscode).getByRole('button', { name: 'Remove' }).click();
    await vscode.page.getByText('There are no containers yet.').waitFor();
  });

  it('images are removed from their rows, and an empty view says what to do', async () => {
    await inlineAction(row(vscode, IMAGE), 'Remove Image');
    await row(vscode, IMAGE).waitFor({ state: 'detached' });
    await inlineAction(row(vscode, STARTER), 'Remove Image');
    await dialog(vscode).getByText('can’t be pulled again').waitFor();
    await dialog(vscode).getByRole('button', { name: 'Remove' }).click();
    await vscode.page.getByRole('button', { name: 'Pull an Image' }).waitFor();
    await vscode.shot('21-empty');
  });

  it('nothing was asked of any other host', () => {
    assert.deepEqual([...vscode.outside], []);
  });
});

/** Sends the first half of a layer and then nothing more. */
function sendHalf(request: IncomingMessage, response: ServerResponse, layer: TestLayer): boolean {
  if (!isFor(request, /\/blobs\//) || request.url?.endsWith(layer.digest) !== true) return false;
  response.writeHead(200, { 'content-length': layer.size });
  response.write(layer.blob.subarray(0, layer.size / 2));
  return true;
}

/** Runs an image in the background: its shell has nothing to do and ends at once. */
async function runAndLeave(vscode: Workbench, image: RegExp): Promise<void> {
  const before = await row(vscode, 'exited').count();
  await inlineAction(row(vscode, image), 'Run');
  await row(vscode, 'exited').nth(before).waitFor();
}
