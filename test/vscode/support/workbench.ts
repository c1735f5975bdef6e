// What a person does in VS Code, for tests that drive it in Chromium. Knows VS Code's page, not the extension.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Browser, type Locator, type Page } from 'playwright-core';

const ROOT = resolve(import.meta.dirname, '../../..');
const SCREENSHOTS = join(ROOT, 'test-results/screenshots');
/** Milliseconds that anything on the page may take on a slow machine. */
const PATIENCE = 60_000;
/** VS Code's menus ignore a click within about 100 ms of opening. */
const MENU_PAUSE = 200;

export interface Workbench {
  readonly page: Page;
  /** Hosts other than loopback that the page asked for: there should be none. */
  readonly outside: ReadonlySet<string>;
  /** Saves what is on the screen under test-results/screenshots. */
  shot(name: string): Promise<void>;
  /** Saves it as the README's picture when SLIPWAY_README_SCREENSHOT=1 asks for a new one. */
  readmeShot(): Promise<void>;
}

/** Opens VS Code's page and waits until it can be used. */
export async function openWorkbench(browser: Browser, url: string): Promise<Workbench> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(PATIENCE);
  const outside = new Set<string>();
  page.on('request', (request) => {
    const { protocol, hostname, origin } = new URL(request.url());
    // VS Code's own service worker answers for the resources of webviews; they never leave the page.
    const answered = hostname === '127.0.0.1' || hostname.endsWith('.vscode-resource.vscode-cdn.net');
    if (/^https?:$/.test(protocol) && !answered) outside.add(origin);
  });
  await page.goto(url);
  await page.locator('.monaco-workbench .activitybar .action-item').first().waitFor();
  await page.locator('.statusbar-item').first().waitFor();
  mkdirSync(SCREENSHOTS, { recursive: true });
  return {
    page,
    outside,
    async shot(name) {
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
    },
    async readmeShot() {
      if (process.env['SLIPWAY_README_SCREENSHOT'] !== '1') return;
      await page.mouse.move(800, 300);
      await page.screenshot({ path: join(ROOT, 'media/screenshot.png') });
    },
  };
}

/** Clicks an icon of the activity bar. */
export async function openActivity({ page }: Workbench, title: string): Promise<void> {
  await page.locator(`.activitybar .action-label[aria-label^="${title}"]`).first().click();
}

/** Makes the side bar wider by dragging its edge. */
export async function widenSideBar({ page }: Workbench, pixels: number): Promise<void> {
  const box = await page.locator('.part.sidebar').boundingBox();
  assert.ok(box);
  const [x, y] = [box.x + box.width + 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + pixels, y, { steps: 5 });
  await page.mouse.up();
}

/** Runs a command from the palette by its category and title. */
export async function palette({ page }: Workbench, title: string): Promise<void> {
  await page.keyboard.press('F1');
  await fillQuickInput(page, `>${title}`);
  await page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().waitFor();
  await page.keyboard.press('Enter');
}

/** Types into the input box or quick pick that is open. */
export async function fillQuickInput(page: Page, text: string): Promise<void> {
  await page.locator('.quick-input-widget input.input').fill(text);
}

/** A row of a tree, by the text it shows. */
export function row({ page }: Workbench, text: string | RegExp): Locator {
  return page.locator('.pane-body [role=treeitem]', { hasText: text });
}

/** Presses a button of a row. Only selected rows keep their buttons: under the pointer alone they go when the view draws again. */
export async function inlineAction(target: Locator, title: string): Promise<void> {
  await target.click();
  // A key, where the command has one, stands in parentheses behind the title.
  await target.locator(`.actions .action-label:is([aria-label="${title}"], [aria-label^="${title} ("])`).click();
}

/** Opens a row's context menu. */
export async function contextMenu(workbench: Workbench, target: Locator): Promise<void> {
  await target.click({ button: 'right' });
  await workbench.page.locator('.monaco-menu .action-item').first().waitFor();
}

/** Chooses from the menu that is open. */
export async function choose({ page }: Workbench, label: string): Promise<void> {
  const item = page.locator('.monaco-menu .action-item', { hasText: label }).first();
  await item.hover();
  await page.waitForTimeout(MENU_PAUSE);
  await item.click();
}

/** The toast with this text. */
export function toast({ page }: Workbench, text: string | RegExp): Locator {
  return page.locator('.notification-toast', { hasText: text });
}

/** The toast that tells about a failure with this text. */
export function errorToast(workbench: Workbench, text: string | RegExp): Locator {
  return toast(workbench, text).filter({ has: workbench.page.locator('.codicon-error') });
}

/** Closes every toast. */
export async function dismissToasts(workbench: Workbench): Promise<void> {
  await palette(workbench, 'Notifications: Clear All Notifications');
  await toast(workbench, /./).first().waitFor({ state: 'hidden' });
}

/** The modal dialog. */
export function dialog({ page }: Workbench): Locator {
  return page.locator('.monaco-dialog-box');
}

/** Types into the terminal on the screen. */
export async function typeInTerminal({ page }: Workbench, text: string): Promise<void> {
  await page.locator('.terminal-wrapper.active .xterm').click();
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

/** What the terminal on the screen shows, without trailing blanks. Needs gpuAcceleration off: rows are in the DOM then. */
export async function terminalText({ page }: Workbench): Promise<string> {
  const rows = await page.locator('.terminal-wrapper.active .xterm-rows > div').allInnerTexts();
  return rows
    .map((text) => text.replace(/\u00a0/g, ' ').trimEnd())
    .join('\n')
    .trimEnd();
}

/** Resolves with the terminal's text when it matches. */
export async function waitForTerminal(workbench: Workbench, pattern: RegExp): Promise<string> {
  const matches = async (): Promise<boolean> => pattern.test(await terminalText(workbench));
  await workbench.page.locator('.terminal-wrapper.active .xterm-rows').waitFor();
  const end = performance.now() + PATIENCE;
  while (!(await matches())) {
    if (performance.now() > end) assert.match(await terminalText(workbench), pattern);
    await workbench.page.waitForTimeout(50);
  }
  return terminalText(workbench);
}
