// The extension in a real extension host with the real server. The tests follow one another: each needs what the former left.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands, env, extensions, version, window, workspace, type TextDocument, type TreeItem } from 'vscode';
import {
  DOCUMENT_SCHEME,
  EXTENSION_ID,
  type ContainerTarget,
  type ImageTarget,
} from '../../../../extension/contributions.ts';
import { type TestApi } from '../../../../extension/test-api.ts';
import { say } from './say.ts';

const runDirectory = process.env['SLIPWAY_RUN'] ?? '';
const extension = extensions.getExtension<TestApi>(EXTENSION_ID)!;
let api: TestApi;

/** How many connections the server has, as the kernel lists them: state 03 is an accepted connection (proc_net_unix). */
function connections(): number {
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
  return lines.filter((line) => line.endsWith(` ${join(runDirectory, 'server.sock')}`) && / 03 +\d+ /.test(line))
    .length;
}

/** Resolves with the rows of a view when they are as they should be: they change when the server pushes an event. */
async function rowsWhen(
  view: 'images' | 'containers',
  wanted: (rows: readonly TreeItem[]) => boolean,
): Promise<readonly TreeItem[]> {
  for (;;) {
    const changed = api.nextChange(view);
    const rows = await api.rows(view);
    if (wanted(rows)) return rows;
    await changed;
  }
}

const labels = (rows: readonly TreeItem[]): string[] =>
  rows.map(({ label }) => (typeof label === 'string' ? label : ''));

describe('before first use', () => {
  it('nothing is active and nothing was started', () => {
    say(
      `    host: VS Code ${version}, ${env.remoteName === undefined ? 'desktop' : `remote ${env.remoteName}`}, Node ${process.versions.node}`,
    );
    assert.equal(extension.isActive, false);
    assert.equal(existsSync(join(runDirectory, 'server.sock')), false);
  });

  it('activation starts nothing either', async () => {
    const begin = performance.now();
    api = await extension.activate();
    say(`    activation: ${(performance.now() - begin).toFixed(1)} ms`);
    assert.equal(api.state(), 'stopped');
    assert.equal(existsSync(join(runDirectory, 'server.sock')), false);
  });
});

describe('contributions', () => {
  it('each contributed command is registered, and the reverse', async () => {
    const { contributes } = extension.packageJSON as { contributes: { commands: { command: string }[] } };
    const contributed = contributes.commands.map(({ command }) => command).sort();
    const ours = (await commands.getCommands(true)).filter((id) => /^slipway\.[a-z]+\.[a-zA-Z]+$/.test(id));
    // VS Code itself makes commands like slipway.images.focus for the views.
    const made = /\.(focus|open|resetViewLocation|removeView|toggleVisibility)$/;
    assert.deepEqual(ours.filter((id) => !made.test(id)).sort(), contributed);
  });
});

const REFERENCE = process.env['SLIPWAY_TEST_REFERENCE'] ?? '';
/** Comes with the extension. */
const STARTER = 'localhost/starter:latest';

describe('images', () => {
  it('the first command starts the server and pulls', async () => {
    await commands.executeCommand('slipway.images.pull', REFERENCE);
    assert.equal(api.state(), 'ready');
    const rows = await rowsWhen('images', (list) => labels(list).includes(REFERENCE));
    assert.equal(rows.find(({ label }) => label === REFERENCE)?.contextValue, 'image');
  });

  it('an unknown image is refused and leaves no row', async () => {
    await commands.executeCommand('slipway.images.pull', `${REFERENCE}-none`);
    assert.deepEqual(labels(await api.rows('images')), [REFERENCE, STARTER]);
  });

  it('inspect opens a read-only JSON document', async () => {
    await commands.executeCommand('slipway.images.inspect', await imageTarget());
    const document = window.activeTextEditor?.document;
    assert.equal(document?.languageId, 'json');
    assert.ok(JSON.parse(document.getText()));
    await commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('copy id puts the full id on the clipboard', async () => {
    const target = await imageTarget();
    await commands.executeCommand('slipway.images.copyId', target);
    assert.equal(await env.clipboard.readText(), target.id);
  });
});

describe('containers', () => {
  it('run makes one, and its row follows its state', async () => {
    await commands.executeCommand('slipway.images.run', await imageTarget());
    const rows = await rowsWhen(
      'containers',
      ([first]) => first?.contextValue?.startsWith('container exited') === true,
    );
    assert.equal(rows.length, 1);
    assert.match(String(rows[0]?.description), /exited \(0\)/);
    const [image] = await rowsWhen('images', ([first]) => first?.contextValue === 'image inUse');
    assert.equal(image?.label, REFERENCE);
  });

  it('the row keeps its id through all states', async () => {
    const [before] = await api.rows('containers');
    await commands.executeCommand('slipway.containers.start', await containerTarget());
    const [after] = await rowsWhen(
      'containers',
      ([first]) => first?.contextValue?.startsWith('container exited') === true,
    );
    assert.equal(after?.id, before?.id);
  });

  it('remove takes the row away', async () => {
    await commands.executeCommand('slipway.containers.remove', { ...(await containerTarget()), confirmed: true });
    await rowsWhen('containers', (rows) => rows.length === 0);
    await rowsWhen('images', ([first]) => first?.contextValue === 'image');
  });

  it('many at once all get rows and all go', async () => {
    const target = await imageTarget();
    await Promise.all(Array.from({ length: 8 }, () => commands.executeCommand('slipway.images.run', target)));
    const done = (rows: readonly TreeItem[]): boolean =>
      rows.length === 8 && rows.every(({ contextValue }) => contextValue?.startsWith('container exited'));
    const rows = await rowsWhen('containers', done);
    const targets = rows.map(toContainer);
    await commands.executeCommand('slipway.containers.remove', { ...targets[0], confirmed: true }, targets);
    await rowsWhen('containers', (list) => list.length === 0);
  });
});

describe('pause', () => {
  it('holds a container and lets it go on, or shows the engine’s sentence where no control group is delegated', async () => {
    const client = join(extension.extensionPath, 'dist/bin/slipway');
    execFileSync(client, ['run', '-d', '--name', 'held', REFERENCE, 'sleep', '1000']);
    const isIn = (state: string) => (rows: readonly TreeItem[]) =>
      rows.some(({ contextValue }) => contextValue?.startsWith(`container ${state}`) === true);
    const [row] = await rowsWhen('containers', isIn('running'));
    assert.ok(row);
    const { showErrorMessage } = window;
    const shown: string[] = [];
    window.showErrorMessage = (message: string) => {
      shown.push(message);
      return Promise.resolve(undefined);
    };
    try {
      await commands.executeCommand('slipway.containers.pause', toContainer(row));
      if (shown.length === 0) {
        await rowsWhen('containers', isIn('paused'));
        await commands.executeCommand('slipway.containers.unpause', toContainer(row));
        await rowsWhen('containers', isIn('running'));
      } else {
        assert.match(shown.join(), /^pause held: \S.*slipway doctor/);
        assert.ok(isIn('running')(await api.rows('containers')));
      }
    } finally {
      window.showErrorMessage = showErrorMessage;
    }
    say(`    pause: ${shown[0] ?? 'paused and went on'}`);
    await commands.executeCommand('slipway.containers.remove', { ...toContainer(row), confirmed: true });
    await rowsWhen('containers', (rows) => rows.length === 0);
  });
});

describe('the server', () => {
  it('is started again when it is killed, and the rows come back', async () => {
    const before = labels(await api.rows('images'));
    const pid = Number(readFileSync(join(runDirectory, 'lock'), 'utf8'));
    const lost = api.untilState('starting');
    process.kill(pid, 'SIGKILL');
    await lost;
    await api.untilState('ready');
    assert.deepEqual(labels(await api.rows('images')), before);
  });

  it('restarts on command', async () => {
    const pid = readFileSync(join(runDirectory, 'lock'), 'utf8');
    await commands.executeCommand('slipway.system.restartServer');
    assert.equal(api.state(), 'ready');
    assert.notEqual(readFileSync(join(runDirectory, 'lock'), 'utf8'), pid);
    assert.deepEqual(labels(await api.rows('images')), [REFERENCE, STARTER]);
  });

  it('doctor shows every check of this machine', async () => {
    await commands.executeCommand('slipway.system.doctor');
    const isPage = ({ uri }: TextDocument): boolean => uri.scheme === DOCUMENT_SCHEME && uri.path.endsWith('.md');
    const page = workspace.textDocuments.find(isPage)?.getText() ?? '';
    assert.match(page, /# Slipway Doctor/);
    assert.match(page, /Overlay/i);
    await commands.executeCommand('workbench.action.closeAllEditors');
  });
});

describe('the end', () => {
  it('remove takes the image away', async () => {
    await commands.executeCommand('slipway.images.remove', await imageTarget());
    await rowsWhen('images', (rows) => !labels(rows).includes(REFERENCE));
  });

  it('deactivation ends the connection and leaves nothing', async () => {
    assert.equal(connections(), 1);
    const { deactivate, disposables } = api;
    await deactivate();
    for (const disposable of disposables.splice(0)) disposable.dispose();
    const left = (await commands.getCommands(true)).filter((id) => id === 'slipway.images.pull');
    assert.deepEqual(left, []);
    // The server closes its end a moment after it has seen ours: the kernel tells nobody when.
    while (connections() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

async function imageTarget(): Promise<ImageTarget> {
  const found = (await api.rows('images')).find(({ label }) => label === REFERENCE);
  const [, id = '', reference = ''] = /^image:(sha256:[0-9a-f]+):(.*)$/.exec(found?.id ?? '') ?? [];
  return { kind: 'image', id, reference };
}

async function containerTarget(): Promise<ContainerTarget> {
  const [first] = await api.rows('containers');
  assert.ok(first);
  return toContainer(first);
}

function toContainer({ id = '' }: TreeItem): ContainerTarget {
  return { kind: 'container', id: id.replace(/^container:/, '') };
}
