// Read-only documents under the scheme `slipway`: inspect answers that follow their object, containers' changes,
// the doctor page and the storage page.

import { commands, EventEmitter, Uri, window, workspace, type TextDocumentContentProvider } from 'vscode';
import { type StoreReport } from '../../runtime-server/protocol/housekeeping.ts';
import { type Disposable } from '../base/emitter.ts';
import { failureText, ReportedError, toFailure } from '../base/failure.ts';
import { type Localizer } from '../base/localize.ts';
import { type DocumentsPort, type ServerPort } from '../commands/services.ts';
import { DOCUMENT_SCHEME, type Target } from '../contributions.ts';
import { type ReadableModel } from '../model/model.ts';
import { changesPath, DOCTOR_PATH, inspectPath, readPath, STORAGE_PATH } from './address.ts';
import { changesPage } from './changes-page.ts';
import { doctorPage } from './doctor-page.ts';
import { storagePage } from './storage-page.ts';

export interface DocumentsOptions {
  readonly server: ServerPort;
  readonly model: ReadableModel;
  readonly l10n: Localizer;
  readonly client: string;
  readonly runDirectory: string;
}

export function createDocuments(options: DocumentsOptions): DocumentsPort & Disposable {
  const changes = new EventEmitter<Uri>();
  let report: StoreReport | undefined;
  const provider: TextDocumentContentProvider = {
    onDidChange: changes.event,
    provideTextDocumentContent: (uri) => content(options, uri, report),
  };
  const follow = (kind: Target['kind'], ids: readonly string[] | undefined): void => {
    for (const { uri } of workspace.textDocuments) {
      if (uri.scheme === DOCUMENT_SCHEME && concerns(uri, kind, ids)) changes.fire(uri);
    }
  };
  const disposables: { dispose(): void }[] = [
    changes,
    workspace.registerTextDocumentContentProvider(DOCUMENT_SCHEME, provider),
    options.model.images.onDidChange(({ ids }) => {
      follow('image', ids);
    }),
    options.model.containers.onDidChange(({ ids }) => {
      follow('container', ids);
    }),
    options.model.volumes.onDidChange(({ ids }) => {
      follow('volume', ids);
    }),
  ];
  return {
    async openInspect({ target, name }) {
      // Asked for once before: a failure becomes a message with its hint and not an empty editor.
      await inspect(options.server, target);
      const uri = Uri.from({ scheme: DOCUMENT_SCHEME, path: inspectPath(target, name) });
      await window.showTextDocument(await workspace.openTextDocument(uri), { preview: true });
    },
    async openChanges({ id, name }) {
      const uri = Uri.from({ scheme: DOCUMENT_SCHEME, path: changesPath(id, name) });
      await options.server.request('slipway/containers/diff', { container: id }); // for its failure, as above
      changes.fire(uri);
      await window.showTextDocument(await workspace.openTextDocument(uri), { preview: true });
    },
    openDoctor: () => openPage(DOCTOR_PATH, changes),
    openStorage(found) {
      report = found;
      return openPage(STORAGE_PATH, changes);
    },
    dispose() {
      for (const disposable of disposables) disposable.dispose();
    },
  };
}

async function openPage(path: string, changes: EventEmitter<Uri>): Promise<void> {
  const uri = Uri.from({ scheme: DOCUMENT_SCHEME, path });
  changes.fire(uri);
  await workspace.openTextDocument(uri);
  await commands.executeCommand('markdown.showPreview', uri);
}

function concerns(uri: Uri, kind: Target['kind'], ids: readonly string[] | undefined): boolean {
  const address = readPath(uri.path);
  if (address?.kind !== kind) return false;
  return ids === undefined || !('id' in address) || ids.includes(address.id);
}

async function content(options: DocumentsOptions, uri: Uri, report: StoreReport | undefined): Promise<string> {
  const address = readPath(uri.path);
  if (address === undefined) throw new Error(`open ${uri.path}: no such document`);
  if (address.kind === 'doctor') return doctor(options);
  if (address.kind === 'storage') return storage(options, report);
  try {
    if (address.kind === 'changes') return await listChanges(options, address.id);
    return `${JSON.stringify(await inspect(options.server, address), undefined, 2)}\n`;
  } catch (error) {
    // An open document outlives its object: it says so instead of showing what is no longer true.
    const failure = toFailure(error, 'inspect');
    return failure === undefined ? '' : `// ${failureText(failure)}\n`;
  }
}

async function listChanges({ server, model, l10n }: DocumentsOptions, id: string): Promise<string> {
  const found = await server.request('slipway/containers/diff', { container: id });
  return changesPage(model.containers.get(id)?.name ?? id, found, l10n);
}

function inspect(server: ServerPort, { kind, id }: Target): Promise<unknown> {
  switch (kind) {
    case 'image':
      return server.request('slipway/images/inspect', { image: id });
    case 'container':
      return server.request('slipway/containers/inspect', { container: id });
    case 'volume':
      return server.request('slipway/volumes/inspect', { name: id });
  }
}

async function storage({ server, model, l10n }: DocumentsOptions, report: StoreReport | undefined): Promise<string> {
  const usage = await server.request('slipway/system/usage', {});
  return storagePage({ usage, containers: model.containers.all(), report, now: Date.now() }, l10n);
}

async function doctor({ server, l10n, client, runDirectory }: DocumentsOptions): Promise<string> {
  try {
    const [version, checks] = await Promise.all([
      server.request('slipway/system/version', {}),
      server.request('slipway/system/doctor', {}),
    ]);
    return doctorPage({ version, checks, failure: undefined, client, runDirectory }, l10n);
  } catch (error) {
    const { failure: problem } = server;
    const cause = error instanceof ReportedError && problem !== undefined && 'error' in problem ? problem.error : error;
    const failure = toFailure(cause, 'start server');
    const text = failure === undefined ? l10n.t('No reason was given.') : failureText(failure);
    return doctorPage({ version: undefined, checks: [], failure: text, client, runDirectory }, l10n);
  }
}
