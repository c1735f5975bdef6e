// `npm start`: sets the machine up, builds, and opens VS Code with the extension.
// `npm start -- run --rm alpine echo hello`: the same set-up, then the command line instead.
import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { prepare } from './build.mjs';
import { ROOT } from './setup.mjs';

const words = process.argv.slice(2);
await prepare();
if (words.length === 0) {
  const { openVscode } = await import('./open-vscode.mjs');
  await openVscode({ root: ROOT });
} else {
  // Ctrl-C is the client's to handle; its exit status is ours.
  process.on('SIGINT', () => undefined);
  const { status, signal } = spawnSync(join(ROOT, 'dist', 'bin', 'slipway'), words, { stdio: 'inherit' });
  process.exitCode = status ?? 128 + (constants.signals[signal] ?? 0);
}
