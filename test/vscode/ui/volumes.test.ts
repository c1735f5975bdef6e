// What a person does with volumes in a real VS Code: make one, see who uses it, look at it, take it away.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Browser } from 'playwright-core';
import { launchBrowser } from '../support/browser.mjs';
import { createPerson, type Person } from '../support/person.ts';
import {
  choose,
  contextMenu,
  dialog,
  fillQuickInput,
  inlineAction,
  openActivity,
  openWorkbench,
  palette,
  row,
  type Workbench,
} from '../support/workbench.ts';

describe('volumes in VS Code', () => {
  const cleanup = new AsyncDisposableStack();
  let person: Person;
  let browser: Browser;
  let vscode: Workbench;
  const slipway = async (...words: readonly string[]): Promise<void> => {
    assert.equal((await person.world.slipway(words)).stderr, '');
  };

  before(async () => {
    person = cleanup.adopt(await createPerson(), (one) => one.dispose());
    browser = cleanup.adopt(await launchBrowser(), (one) => one.close());
    vscode = await openWorkbench(browser, (await person.vscode()).url);
    await openActivity(vscode, 'Slipway');
  });
  after(() => cleanup.disposeAsync());

  it('an empty view says what they are for, and makes one', async () => {
    await vscode.page.locator('.welcome-view', { hasText: 'There are no volumes yet' }).waitFor();
    await vscode.shot('70-no-volumes');
    await vscode.page.locator('.welcome-view a', { hasText: 'Create a Volume' }).click();
    await fillQuickInput(vscode.page, 'notes');
    await vscode.page.keyboard.press('Enter');
    await row(vscode, /^notes\s*not used/).waitFor();
  });

  it('a row says who uses it, the moment that somebody does', async () => {
    await slipway('create', '--name', 'writer', '-v', 'notes:/notes', '-v', '/scratch', 'localhost/starter', 'true');
    await row(vscode, /^notes\s*in use by writer/).waitFor();
    await row(vscode, /anonymous · in use by writer/).waitFor();
    await vscode.shot('71-volumes');
    await slipway('rm', '-v', 'writer');
    await row(vscode, /anonymous/).waitFor({ state: 'detached' });
    await row(vscode, /^notes\s*not used/).waitFor();
  });

  it('Inspect Volume shows all that is known of it', async () => {
    await contextMenu(vscode, row(vscode, 'notes'));
    await choose(vscode, 'Inspect Volume');
    await vscode.page.locator('.view-lines', { hasText: '"Name": "notes"' }).waitFor();
    await vscode.shot('72-inspect-volume');
    await palette(vscode, 'View: Close All Editors');
  });

  it('Remove Volume asks, for its files go with it', async () => {
    await inlineAction(row(vscode, 'notes'), 'Remove Volume');
    await dialog(vscode).filter({ hasText: 'The files in it are deleted' }).waitFor();
    await vscode.shot('73-remove-volume');
    await dialog(vscode).locator('.monaco-button', { hasText: 'Remove' }).click();
    await row(vscode, 'notes').waitFor({ state: 'detached' });
    assert.equal((await person.world.slipway(['volume', 'ls', '-q'])).stdout, '');
  });
});
