// The states that first steps don't reach: a server that can't start, a workspace that is not trusted.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Browser } from 'playwright-core';
import { launchBrowser } from '../support/browser.mjs';
import { createPerson, type Person } from '../support/person.ts';
import { errorToast, inlineAction, openActivity, openWorkbench, palette, row, toast } from '../support/workbench.ts';

describe('states of the views', () => {
  const cleanup = new AsyncDisposableStack();
  let person: Person;
  let browser: Browser;

  before(async () => {
    person = cleanup.adopt(await createPerson(), (made) => made.dispose());
    browser = cleanup.adopt(await launchBrowser(), (made) => made.close());
  });
  after(() => cleanup.disposeAsync());

  it('a server that can’t start is explained, with what can be done', async () => {
    const { url } = await person.vscode({ env: { SLIPWAY_RUN: '/proc/slipway' } });
    const vscode = await openWorkbench(browser, url);
    await openActivity(vscode, 'Slipway');
    await vscode.page.getByText('The Slipway server could not be started.').waitFor();
    await errorToast(vscode, '/proc/slipway').getByRole('button', { name: 'Try Again' }).waitFor();
    await vscode.shot('30-failed');
    await palette(vscode, 'Slipway: Doctor');
    const preview = vscode.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    await preview.getByText('/proc/slipway').first().waitFor();
    await vscode.shot('31-failed-doctor');
    await vscode.page.close();
  });

  it('a workspace that is not trusted runs nothing', async () => {
    const folder = join(person.world.home, 'stranger');
    mkdirSync(folder);
    person.world.give(folder);
    const settings = { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' };
    const { url } = await person.vscode({ settings });
    const vscode = await openWorkbench(browser, `${url}?folder=${encodeURIComponent(folder)}`);
    await openActivity(vscode, 'Slipway');
    await inlineAction(row(vscode, 'localhost/starter'), 'Run in a Terminal');
    await toast(vscode, 'not trusted').getByRole('button', { name: 'Manage Trust' }).waitFor();
    await vscode.shot('32-untrusted');
    assert.equal(await vscode.page.locator('.terminal-wrapper').count(), 0);
    assert.equal((await person.world.slipway(['ps', '-aq'])).stdout, '');
    await vscode.page.close();
  });
});
