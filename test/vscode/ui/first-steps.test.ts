// A person's first steps in a real VS Code: pull, run, work in a terminal, stop, remove. The steps follow one another.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Browser } from 'playwright-core';
import { buildImage, busyboxLayer, pushImage } from '../../support/images.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { launchBrowser } from '../support/browser.mjs';
import { createPerson, personKind, type Person } from '../support/person.ts';
import {
  choose,
  contextMenu,
  dialog,
  dismissToasts,
  fillQuickInput,
  inlineAction,
  openActivity,
  openWorkbench,
  palette,
  row,
  toast,
  typeInTerminal,
  waitForTerminal,
  type Workbench,
} from '../support/workbench.ts';

/** The row of the image; containers' rows say `busybox ·`. */
const IMAGE = 'busybox:latest';

describe(`first steps in VS Code, as ${personKind() === 'root' ? 'root' : 'an ordinary user'}`, () => {
  let person: Person;
  let browser: Browser;
  let registry: TestRegistry;
  let vscode: Workbench;

  before(async () => {
    person = await createPerson();
    registry = await startRegistry();
    await pushImage(registry.host, 'library/busybox', 'latest', buildImage([await busyboxLayer()]));
    person.world.configure({ 'registry-mirrors': [`http://${registry.host}`] });
    browser = await launchBrowser();
    const { url } = await person.vscode();
    vscode = await openWorkbench(browser, url);
  });
  after(async () => {
    await browser.close();
    await registry.stop();
    await person.dispose();
  });

  it('opening VS Code starts nothing', async () => {
    assert.equal(existsSync(join(person.world.runtimeDirectory, 'server.sock')), false);
    await vscode.shot('01-opened');
  });

  it('the first look at the views starts the server and says what to do', async () => {
    await openActivity(vscode, 'Slipway');
    await vscode.page.getByText('There are no images yet.').waitFor();
    await vscode.page.getByText('There are no containers yet.').waitFor();
    assert.equal(existsSync(join(person.world.runtimeDirectory, 'server.sock')), true);
    await vscode.shot('02-empty');
  });

  it('a bad reference is refused while it is typed', async () => {
    await vscode.page.getByRole('button', { name: 'Pull an Image' }).click();
    await fillQuickInput(vscode.page, 'https://example.com/Alpine');
    await vscode.page.locator('.quick-input-message', { hasText: 'without https' }).waitFor();
    await vscode.shot('03-bad-reference');
  });

  it('an unknown image is one sentence with a hint, and leaves no row', async () => {
    await fillQuickInput(vscode.page, `${registry.host}/no/such:image`);
    await vscode.page.keyboard.press('Enter');
    await toast(vscode, 'no/such').waitFor();
    await vscode.shot('04-unknown-image');
    await dismissToasts(vscode);
    await vscode.page.getByText('There are no images yet.').waitFor();
  });

  it('pulling by name makes a row appear', async () => {
    await palette(vscode, 'Slipway Images: Pull Image');
    await fillQuickInput(vscode.page, 'busybox');
    await vscode.page.keyboard.press('Enter');
    await row(vscode, IMAGE).waitFor();
    await vscode.shot('05-pulled');
  });

  it('its menu has what can be done with it', async () => {
    await contextMenu(vscode, row(vscode, IMAGE));
    await vscode.shot('06-image-menu');
    await vscode.page.keyboard.press('Escape');
  });

  it('running it interactively opens a real terminal in the container', async () => {
    await inlineAction(row(vscode, IMAGE), 'Run in a Terminal');
    await waitForTerminal(vscode, /\/ # $|\/ #$/m);
    await row(vscode, 'running').waitFor();
    await typeInTerminal(vscode, 'ls /');
    const text = await waitForTerminal(vscode, /\bproc\b[\s\S]*\/ #/);
    for (const name of ['bin', 'dev', 'etc', 'proc', 'sys']) assert.match(text, new RegExp(`\\b${name}\\b`));
    await vscode.shot('07-terminal');
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
    await vscode.shot('08-exited');
  });

  it('start and Open Shell give a second terminal in the same container', async () => {
    await inlineAction(row(vscode, 'exited (3)'), 'Start');
    await row(vscode, 'running').waitFor();
    await contextMenu(vscode, row(vscode, 'running'));
    await vscode.shot('09-container-menu');
    await choose(vscode, 'Open Shell');
    await waitForTerminal(vscode, /\/ #/);
    await typeInTerminal(vscode, 'echo shell-$((40 + 2))');
    await waitForTerminal(vscode, /^shell-42$/m);
    await vscode.shot('10-shell');
    await typeInTerminal(vscode, 'exit');
    await vscode.page.locator('.terminal-wrapper.active').waitFor({ state: 'detached' });
  });

  it('logs show what it wrote', async () => {
    await contextMenu(vscode, row(vscode, 'running'));
    await choose(vscode, 'Show Logs');
    await waitForTerminal(vscode, /ls \/[\s\S]*proc/);
    await vscode.shot('11-logs');
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
    await vscode.shot('12-inspect');
  });

  it('doctor says what this machine can do', async () => {
    await palette(vscode, 'Slipway: Doctor');
    await vscode.page.locator('.tab', { hasText: 'Slipway Doctor' }).waitFor();
    const preview = vscode.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    await preview.getByRole('heading', { name: 'Slipway Doctor' }).waitFor();
    await vscode.shot('13-doctor');
    await palette(vscode, 'View: Close All Editors');
  });

  it('remove asks, naming it, and takes it away', async () => {
    const target = row(vscode, 'exited');
    const name = (await target.locator('.label-name').innerText()).trim();
    await inlineAction(target, 'Remove Container');
    await dialog(vscode).getByText(`Remove ${name}?`).waitFor();
    await vscode.shot('14-remove');
    await dialog(vscode).getByRole('button', { name: 'Remove' }).click();
    await target.waitFor({ state: 'detached' });
    await vscode.page.getByText('There are no containers yet.').waitFor();
    await vscode.shot('15-removed');
  });

  it('a killed server is started again, with one message, and nothing is lost', async () => {
    process.kill(person.world.serverPid(), 'SIGKILL');
    await toast(vscode, 'ended unexpectedly').waitFor();
    await row(vscode, IMAGE).waitFor();
    await vscode.shot('16-killed');
    await dismissToasts(vscode);
  });

  it('the starter image needs no registry', async () => {
    await registry.stop();
    await palette(vscode, 'Slipway: Run the Starter Image');
    await waitForTerminal(vscode, /\/ #/);
    await row(vscode, /starter.*running/).waitFor();
    await vscode.shot('17-starter');
    await typeInTerminal(vscode, 'exit');
    await row(vscode, /starter.*exited/).waitFor();
  });

  it('a registry that is down is a sentence with a way to try again', async () => {
    await palette(vscode, 'Slipway Images: Pull Image');
    await fillQuickInput(vscode.page, `${registry.host}/busybox`);
    await vscode.page.keyboard.press('Enter');
    await toast(vscode, registry.host).getByRole('button', { name: 'Try Again' }).waitFor();
    await vscode.shot('18-registry-down');
    await dismissToasts(vscode);
  });

  it('several containers go at once', async () => {
    for (const container of await row(vscode, 'exited').all()) await container.click({ modifiers: ['Control'] });
    await vscode.page.keyboard.press('Delete');
    await dialog(vscode).getByRole('button', { name: 'Remove' }).click();
    await vscode.page.getByText('There are no containers yet.').waitFor();
  });

  it('an image is removed from its row', async () => {
    await inlineAction(row(vscode, IMAGE), 'Remove Image');
    await row(vscode, IMAGE).waitFor({ state: 'detached' });
  });

  it('nothing was asked of any other host', () => {
    assert.deepEqual([...vscode.outside], []);
  });

  it('a server that can’t start is explained in the view', async () => {
    const other = await person.vscode({ SLIPWAY_RUN: '/proc/slipway' });
    const broken = await openWorkbench(browser, other.url);
    await openActivity(broken, 'Slipway');
    await broken.page.getByText('The Slipway server could not be started.').waitFor();
    await toast(broken, '/proc/slipway').waitFor();
    await broken.shot('19-failed');
    await broken.page.close();
  });
});
