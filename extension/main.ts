// activate and deactivate: builds the session and the features around it. Nothing is started here: the first view that is
// seen or the first command does that.

import { commands, env, l10n, window, workspace, type ExtensionContext, type LogOutputChannel } from 'vscode';
import { PRODUCT_VERSION, PROTOCOL_VERSION } from '../runtime-server/protocol/version.ts';
import { type Disposable } from './base/emitter.ts';
import { type Localizer } from './base/localize.ts';
import { registerCommands } from './commands/register.ts';
import { type Services, type ViewsPort } from './commands/services.ts';
import {
  CONTEXT_KEY,
  VIEW,
  type ContainerTarget,
  type ImageTarget,
  type Target,
  type VolumeTarget,
} from './contributions.ts';
import { createDocuments } from './documents/documents.ts';
import { Model } from './model/model.ts';
import { clientEnvironment, clientProgram, runDirectory, serverSocket } from './server/paths.ts';
import { startServer, stopServer } from './server/program.ts';
import { Session, type SessionState } from './session.ts';
import { shellProgram } from './settings.ts';
import { testApi, type TestApi } from './test-api.ts';
import { createTerminals } from './terminals/terminals.ts';
import { createNotices, type Notices } from './ui/notices.ts';
import { createPrompts } from './ui/prompts.ts';
import { containerSource, imageSource, volumeSource } from './views/sources.ts';
import { createTree, type Tree } from './views/tree.ts';

/** What the pieces share. */
interface Basis {
  readonly client: string;
  readonly socket: string;
  readonly runDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly localizer: Localizer;
  readonly log: LogOutputChannel;
  readonly notices: Notices;
}

let closeSession: (() => Promise<void>) | undefined;

export function activate(context: ExtensionContext): TestApi | undefined {
  const basis = createBasis(context);
  const { localizer, log, notices, client } = basis;
  const session = createSession(basis);
  closeSession = () => session.close();
  const cache = new Model({
    onReloadFailed: (error) => {
      notices.failed(error, 'list images, containers and volumes');
    },
  });
  const model: Services['model'] = {
    images: cache.images,
    containers: cache.containers,
    volumes: cache.volumes,
    ready: () => session.require().then(() => cache.load()),
    reload: () => session.require().then(() => cache.reload()),
  };
  const documents = createDocuments({
    server: session,
    model,
    l10n: localizer,
    client,
    runDirectory: basis.runDirectory,
  });
  const views = createViews(basis, session, cache);
  const services: Services = {
    l10n: localizer,
    server: session,
    model,
    views: viewsPort(views),
    prompts: createPrompts(),
    terminals: createTerminals({ client, env: basis.environment }),
    documents,
    log,
    settings: { shellProgram },
    trust: workspace,
  };
  context.subscriptions.push(log, cache, ...views.disposables, documents, ...registerCommands(services, notices));
  followSession(session, cache, views);
  return testApi({ context, session, views, deactivate });
}

/** Ends the connection; the server and the containers go on. */
export async function deactivate(): Promise<void> {
  await closeSession?.();
  closeSession = undefined;
}

function createBasis(context: ExtensionContext): Basis {
  const log = window.createOutputChannel('Slipway', { log: true });
  const machine = { env: process.env, uid: process.getuid?.() ?? 0 };
  return {
    client: clientProgram(context.extensionPath),
    socket: serverSocket(machine),
    runDirectory: runDirectory(machine),
    environment: clientEnvironment(process.env, {
      path: process.execPath,
      isElectron: process.versions['electron'] !== undefined,
    }),
    localizer: { t: (message, ...args) => l10n.t(message, ...args), language: env.language },
    log,
    notices: createNotices(log),
  };
}

function createSession({ client, socket, environment, log, notices }: Basis): Session {
  const program = { path: client, env: { ...process.env, ...environment } };
  const hello = { protocolVersion: PROTOCOL_VERSION, productVersion: PRODUCT_VERSION };
  return new Session({
    supported: process.platform === 'linux',
    protocolVersion: PROTOCOL_VERSION,
    startServer: (options) => startServer(program, options),
    stopServer: (options) => stopServer(program, options),
    async connect({ signal }) {
      // Loaded now and not at activation: the language client is most of the code.
      const { connect } = await import('./server/connect.ts');
      return connect({ socket, hello, log, signal });
    },
    report: (problem) => {
      notices.session(problem);
    },
    now: () => performance.now(),
  });
}

interface Views {
  readonly images: Tree<ImageTarget>;
  readonly containers: Tree<ContainerTarget>;
  readonly volumes: Tree<VolumeTarget>;
  readonly disposables: readonly Disposable[];
}

function createViews({ localizer: l10n, notices }: Basis, session: Session, model: Model): Views {
  const open = async (): Promise<void> => {
    await session.open();
    await model.load().catch((error: unknown) => {
      notices.failed(error, 'list images, containers and volumes');
      throw error;
    });
  };
  const imageRows = imageSource({ model, l10n, now: Date.now });
  const containerRows = containerSource({ model, l10n });
  const images = createTree({ view: VIEW.images, source: imageRows, open });
  const containers = createTree({ view: VIEW.containers, source: containerRows, open });
  const volumeRows = volumeSource({ model, l10n });
  const volumes = createTree({ view: VIEW.volumes, source: volumeRows, open });
  const disposables = [images, containers, volumes, imageRows, containerRows, volumeRows];
  return { images, containers, volumes, disposables };
}

function viewsPort({ images, containers, volumes }: Views): ViewsPort {
  function selection(kind: 'image'): readonly ImageTarget[];
  function selection(kind: 'container'): readonly ContainerTarget[];
  function selection(kind: 'volume'): readonly VolumeTarget[];
  function selection(kind: Target['kind']): readonly Target[] {
    return { image: images, container: containers, volume: volumes }[kind].selection;
  }
  return {
    selection,
    reveal(target) {
      switch (target.kind) {
        case 'image':
          return images.reveal(target);
        case 'container':
          return containers.reveal(target);
        case 'volume':
          return volumes.reveal(target);
      }
    },
  };
}

/** Keeps the context key, the model and the views in step with the session. */
function followSession(session: Session, model: Model, { images, containers, volumes }: Views): void {
  const show = (state: SessionState): void => {
    void commands.executeCommand('setContext', CONTEXT_KEY.state, state);
  };
  show(session.state);
  session.onDidChangeState(show);
  session.onDidConnect((link) => {
    model.attach(link);
    images.refresh();
    containers.refresh();
    volumes.refresh();
  });
}
