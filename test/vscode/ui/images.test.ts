// What a person does with images in a real VS Code: make one of a container, push, save and load it, search, export and import,
// log in and out. The steps follow one another.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Browser } from 'playwright-core';
import { startHostileRegistry } from '../../support/hostile-registry.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { launchBrowser } from '../support/browser.mjs';
import { createPerson, type Person } from '../support/person.ts';
import {
  choose,
  contextMenu,
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
  widenSideBar,
  type Workbench,
} from '../support/workbench.ts';

describe('images in VS Code', () => {
  const cleanup = new AsyncDisposableStack();
  let person: Person;
  let browser: Browser;
  let registry: TestRegistry;
  let vscode: Workbench;
  let made: RegExp;
  let archive: string;

  before(async () => {
    person = cleanup.adopt(await createPerson(), (one) => one.dispose());
    registry = cleanup.use(await startRegistry());
    made = new RegExp(`^${registry.host}/team/made:1`);
    archive = join(person.world.home, `${registry.host.replace(':', '-')}-team-made-1.tar`);
    browser = cleanup.adopt(await launchBrowser(), (one) => one.close());
    const { url } = await person.vscode();
    vscode = await openWorkbench(browser, url);
    await openActivity(vscode, 'Slipway');
    await widenSideBar(vscode, 110);
    await palette(vscode, 'Slipway: Run the Starter Image');
    await waitForTerminal(vscode, /:\/#/);
    await typeInTerminal(vscode, 'echo made >/made; exit');
    await row(vscode, 'exited').waitFor();
    await vscode.page.locator('.terminal-wrapper.active').waitFor({ state: 'detached' });
  });
  after(() => cleanup.disposeAsync());

  it('Show Changes lists what the container has made', async () => {
    await contextMenu(vscode, row(vscode, 'exited'));
    await choose(vscode, 'Show Changes');
    await vscode.page.locator('.view-lines', { hasText: 'A /made' }).waitFor();
    await vscode.shot('50-changes');
    await palette(vscode, 'View: Close All Editors');
  });

  it('Commit to Image asks for a name, and the image has a row', async () => {
    await contextMenu(vscode, row(vscode, 'exited'));
    await choose(vscode, 'Commit to Image');
    await vscode.page.locator('.quick-input-widget', { hasText: 'The name of the new image' }).waitFor();
    await fillQuickInput(vscode.page, `${registry.host}/team/made:1`);
    await vscode.shot('51-commit');
    await vscode.page.keyboard.press('Enter');
    await row(vscode, made).waitFor();
  });

  it('Push sends it to its registry', async () => {
    await contextMenu(vscode, row(vscode, made));
    await choose(vscode, 'Push…');
    await vscode.page.locator('.statusbar', { hasText: 'was pushed' }).waitFor();
    await vscode.shot('52-pushed');
    const listed = await fetch(`http://${registry.host}/v2/team/made/tags/list`);
    assert.deepEqual(await listed.json(), { name: 'team/made', tags: ['1'] });
  });

  it('Search suggests it while its name is typed', async () => {
    await palette(vscode, 'Slipway Images: Search Images');
    await fillQuickInput(vscode.page, `${registry.host}/te`);
    await vscode.page.locator('.quick-input-list .monaco-list-row', { hasText: 'team/made' }).waitFor();
    await vscode.shot('53-search');
    await vscode.page.keyboard.press('Escape');
  });

  it('Save Image writes an archive, which Load Images brings back', async () => {
    await contextMenu(vscode, row(vscode, made));
    await choose(vscode, 'Save Image');
    // VS Code's own file dialog, with a name in the person's home.
    await vscode.page.locator('.quick-input-widget .monaco-button', { hasText: 'OK' }).click();
    await vscode.page.locator('.statusbar', { hasText: `Saved in ${archive}` }).waitFor();
    assert.ok(existsSync(archive));
    await inlineAction(row(vscode, made), 'Remove Image');
    await row(vscode, made).waitFor({ state: 'detached' });
    await palette(vscode, 'Slipway Images: Load Images');
    await vscode.page.locator('.quick-input-list .monaco-list-row', { hasText: basename(archive) }).click();
    await row(vscode, made).waitFor();
    await vscode.shot('54-loaded');
  });

  it('Export writes the files of a container, which Import makes an image of', async () => {
    await contextMenu(vscode, row(vscode, 'exited'));
    await choose(vscode, 'Export…');
    await vscode.page.locator('.quick-input-widget .monaco-button', { hasText: 'OK' }).click();
    const exported = vscode.page.locator('.statusbar', { hasText: 'was exported to' });
    await exported.waitFor();
    await vscode.shot('55-exported');
    const file = /was exported to (.*\.tar)/.exec(await exported.innerText())?.[1] ?? '';
    assert.ok(existsSync(file), file);
    await palette(vscode, 'Slipway Images: Import a Root File System');
    await vscode.page.locator('.quick-input-list .monaco-list-row', { hasText: basename(file) }).click();
    await vscode.page.locator('.quick-input-widget', { hasText: 'The name of the new image' }).waitFor();
    await fillQuickInput(vscode.page, 'imported:1');
    await vscode.shot('56-import');
    await vscode.page.keyboard.press('Enter');
    await row(vscode, /^imported:1/).waitFor();
    await vscode.shot('57-imported');
  });

  it('Log In asks for registry, name and password and keeps them; Log Out forgets them', async () => {
    await using closed = await startHostileRegistry();
    closed.intercept(({ headers }, response) => {
      if (headers.authorization === `Basic ${Buffer.from('ann:secret').toString('base64')}`) response.end('{}');
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    });
    const config = join(person.world.home, '.docker/config.json');
    await palette(vscode, 'Slipway: Log In to Registry');
    for (const [question, answer] of [
      ['The registry to log in to', closed.host],
      ['The user name at', 'ann'],
      ['The password or access token', 'secret'],
    ] as const) {
      await vscode.page.locator('.quick-input-widget', { hasText: question }).waitFor();
      await fillQuickInput(vscode.page, answer);
      if (answer === 'secret') await vscode.shot('58-login');
      await vscode.page.keyboard.press('Enter');
    }
    await toast(vscode, 'kept unencrypted').waitFor();
    await vscode.shot('59-logged-in');
    assert.match(readFileSync(config, 'utf8'), new RegExp(`"${closed.host}"`));
    await dismissToasts(vscode);
    await palette(vscode, 'Slipway: Log Out of Registry');
    await vscode.page.locator('.quick-input-list .monaco-list-row', { hasText: closed.host }).waitFor();
    await vscode.shot('60-logout');
    await vscode.page.locator('.quick-input-list .monaco-list-row', { hasText: closed.host }).click();
    await vscode.page.locator('.statusbar', { hasText: `Logged out of ${closed.host}` }).waitFor();
    assert.doesNotMatch(readFileSync(config, 'utf8'), new RegExp(closed.host));
  });

  it('nothing was asked of any other host', () => {
    assert.deepEqual([...vscode.outside], []);
  });
});
