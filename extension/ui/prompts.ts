// The Prompts port on vscode: input box, quick pick, modal question, file dialogs, progress, clipboard.

import { homedir } from 'node:os';
import { commands, env, l10n, ProgressLocation, Uri, window, workspace, type Progress } from 'vscode';
import {
  type InputOptions,
  type OpenFilesOptions,
  type PickOptions,
  type ProgressOptions,
  type ProgressPort,
  type Prompts,
} from '../commands/services.ts';
import { suggest } from './suggest.ts';

/** Milliseconds that a hint stays in the status bar. */
const HINT_TIME = 4_000;

export function createPrompts(): Prompts {
  return {
    input,
    suggest,
    pick,
    async confirm({ message, detail, action }) {
      return (await window.showWarningMessage(message, { modal: true, detail }, action)) === action;
    },
    inform(message) {
      void window.showInformationMessage(message);
    },
    offer({ message, action, command, args }) {
      void window
        .showInformationMessage(message, action)
        .then((pressed) => (pressed === action ? commands.executeCommand(command, ...args) : undefined));
    },
    hint(message) {
      window.setStatusBarMessage(message, HINT_TIME);
    },
    progress,
    async copy(text) {
      await env.clipboard.writeText(text);
    },
    saveFile,
    openFiles,
  };
}

async function input(options: InputOptions): Promise<string | undefined> {
  const { title, prompt, placeholder, value: first, problem, password = false } = options;
  const text = await window.showInputBox({
    title,
    password,
    prompt,
    placeHolder: placeholder,
    value: first,
    ignoreFocusOut: true,
    // An empty box is no mistake yet: it is refused on Enter by returning nothing.
    validateInput: (value) => (value.trim() === '' ? undefined : problem(value)),
  });
  const trimmed = password ? text : text?.trim();
  return trimmed === '' ? undefined : trimmed;
}

async function openFiles({ title, action, many }: OpenFilesOptions): Promise<readonly string[] | undefined> {
  const uris = await window.showOpenDialog({ title, openLabel: action, canSelectMany: many });
  return uris?.filter(({ scheme }) => scheme === 'file').map(({ fsPath }) => fsPath);
}

async function pick<T>({ title, placeholder, many, items }: PickOptions<T>): Promise<readonly T[] | undefined> {
  const options = { title, placeHolder: placeholder, matchOnDescription: true };
  const entries = items.map(({ label, description, value }) => ({
    label,
    value,
    ...(description === undefined ? {} : { description }),
  }));
  if (many) return (await window.showQuickPick(entries, { ...options, canPickMany: true }))?.map(({ value }) => value);
  const picked = await window.showQuickPick(entries, options);
  return picked === undefined ? undefined : [picked.value];
}

/** Beside what is open, else at home: the machine is the server's, also when the window is elsewhere. */
async function saveFile({ title, name }: Parameters<Prompts['saveFile']>[0]): Promise<string | undefined> {
  const [folder] = workspace.workspaceFolders ?? [];
  const directory = folder?.uri.scheme === 'file' ? folder.uri : Uri.file(homedir());
  return (await window.showSaveDialog({ title, defaultUri: Uri.joinPath(directory, name) }))?.fsPath;
}

/** The view's progress bar always; a notification with Cancel where a title says that somebody waits for it. */
async function progress<T>({ view, title }: ProgressOptions, work: (progress: ProgressPort) => Promise<T>): Promise<T> {
  const location = { viewId: view };
  if (title === undefined) {
    const { signal } = new AbortController();
    return window.withProgress({ location }, () => work({ signal, report: () => undefined }));
  }
  const notification = { location: ProgressLocation.Notification, title, cancellable: true };
  return window.withProgress(notification, (bar, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => {
      bar.report({ message: l10n.t('cancelling…') });
      controller.abort();
    });
    const result = work({ signal: controller.signal, report: reporter(bar, controller.signal) });
    return window.withProgress({ location }, () => result);
  });
}

/** vscode wants increments of a percentage that never goes back. */
function reporter(
  bar: Progress<{ message?: string; increment?: number }>,
  signal: AbortSignal,
): ProgressPort['report'] {
  let shown = 0;
  return (message, fraction) => {
    if (signal.aborted) return;
    const increment = Math.max(0, (fraction ?? 0) * 100 - shown);
    shown += increment;
    bar.report({ message, increment });
  };
}
