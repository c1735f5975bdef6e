// What a person does with a running container in a real VS Code: watch events, rename it, restart it, send it a signal, remove it and
// have it back. The steps follow one another.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Browser } from 'playwright-core';
import { launchBrowser } from '../support/browser.mjs';
import { createPerson, type Person } from '../support/person.ts';
import {
  choose,
  contextMenu,
  dialog,
  dismissToasts,
  fillQuickInput,
  openActivity,
  openWorkbench,
  palette,
  row,
  toast,
  waitForTerminal,
  widenSideBar,
  type Workbench,
} from '../support/workbench.ts';

describe('a container’s life in VS Code', () => {
  const cleanup = new AsyncDisposableStack();
  let person: Person;
  let browser: Browser;
  let vscode: Workbench;

  before(async () => {
    person = cleanup.adopt(await createPerson(), (one) => one.dispose());
    browser = cleanup.adopt(await launchBrowser(), (one) => one.close());
    const { url } = await person.vscode();
    vscode = await openWorkbench(browser, url);
    await openActivity(vscode, 'Slipway');
    await widenSideBar(vscode, 110);
    const command = [
      'run',
      '-d',
      '--name',
      'first',
      'localhost/starter',
      'sh',
      '-c',
      'trap exit TERM; sleep 600 & wait',
    ];
    assert.equal((await person.world.slipway(command)).stderr, '');
    await row(vscode, 'running').waitFor();
  });
  after(() => cleanup.disposeAsync());

  const startedAt = async (): Promise<string> =>
    (await person.world.slipway(['inspect', '-f', '{{.State.StartedAt}}', 'second'])).stdout;

  const remove = async (name: string): Promise<void> => {
    await contextMenu(vscode, row(vscode, name));
    await choose(vscode, 'Remove');
    await dialog(vscode).getByRole('button', { name: 'Remove' }).click();
    await row(vscode, name).waitFor({ state: 'hidden' });
  };

  it('Show Events opens a terminal in which they come', async () => {
    await palette(vscode, 'Slipway: Show Events');
    await waitForTerminal(vscode, /container start/);
    await vscode.shot('61-events');
  });

  it('F2 renames it', async () => {
    await row(vscode, 'first').click();
    await vscode.page.keyboard.press('F2');
    await vscode.page.locator('.quick-input-widget', { hasText: 'The new name of the container' }).waitFor();
    await fillQuickInput(vscode.page, '-');
    await vscode.page.locator('.quick-input-message', { hasText: 'letters, digits' }).waitFor();
    await vscode.shot('62-rename');
    await fillQuickInput(vscode.page, 'second');
    await vscode.page.keyboard.press('Enter');
    await row(vscode, 'second').waitFor();
    await waitForTerminal(vscode, /container rename/);
  });

  it('Restart stops and starts it', async () => {
    const before = await startedAt();
    await contextMenu(vscode, row(vscode, 'second'));
    await vscode.shot('63-running-menu');
    await choose(vscode, 'Restart');
    await waitForTerminal(vscode, /container restart/);
    await row(vscode, 'running').waitFor();
    assert.notEqual(await startedAt(), before);
  });

  it('Send Signal offers signals, and sends the one that is picked', async () => {
    await contextMenu(vscode, row(vscode, 'second'));
    await choose(vscode, 'Send Signal');
    const item = vscode.page.locator('.quick-input-list .monaco-list-row', { hasText: 'SIGKILL' });
    await item.waitFor();
    await vscode.shot('64-signal');
    await item.click();
    await row(vscode, 'exited (137)').waitFor();
    await waitForTerminal(vscode, /container kill[\s\S]*signal=9/);
    await vscode.shot('65-killed');
  });

  it('what was removed comes back with Undo, and later with Restore Removed Container', async () => {
    await remove('second');
    const removed = toast(vscode, 'Removed second.');
    await removed.waitFor();
    await vscode.shot('66-removed');
    await removed.getByRole('button', { name: 'Undo' }).click();
    await row(vscode, 'second').waitFor();
    await waitForTerminal(vscode, /container restore/);

    await remove('second');
    await dismissToasts(vscode);
    await palette(vscode, 'Restore Removed Container');
    const item = vscode.page.locator('.quick-input-list .monaco-list-row', { hasText: 'second' });
    await item.waitFor();
    await vscode.shot('67-restore');
    await item.click();
    await vscode.page.keyboard.press('Enter');
    await row(vscode, 'second').waitFor();
    await vscode.shot('68-restored');
  });

  it('nothing was asked of any other host', () => {
    assert.deepEqual([...vscode.outside], []);
  });
});
