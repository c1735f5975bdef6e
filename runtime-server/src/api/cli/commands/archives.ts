// save, load, import: what docker's commands of these names do.

import { resolve } from 'node:path';
import { invalidArgument } from '../../../base/errors.ts';
import type { ArchiveInput, ImportArchiveOptions } from '../../../images/images.ts';
import { familiar } from '../../../oci/reference.ts';
import { createArchivePrinter } from '../archive-progress.ts';
import type { ParsedOptions } from '../options.ts';
import type { CliSession, Command } from '../session.ts';
import { PLATFORM } from './images.ts';

export const saveCommand: Command = {
  name: 'save',
  summary: 'Save images to an archive (to standard output by default)',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  options: [{ long: 'output', short: 'o', kind: 'value', placeholder: 'FILE', help: 'Write to a file instead' }],
  min: 1,
  run: async ({ engine, session }, options) => {
    const file = options.value('output');
    if (file === undefined && session.request.tty.stdout)
      throw invalidArgument('cowardly refusing to save to a terminal. Use the -o flag or redirect');
    await engine.archives.save(options.args, {
      to: file === undefined ? (bytes, signal) => writeOut(session, bytes, signal) : inDirectory(session, file),
      signal: session.signal,
    });
    return 0;
  },
};

export const loadCommand: Command = {
  name: 'load',
  summary: 'Load images from an archive (from standard input by default)',
  usage: '[OPTIONS]',
  options: [
    { long: 'input', short: 'i', kind: 'value', placeholder: 'FILE', help: 'Read from a file instead' },
    {
      long: 'quiet',
      short: 'q',
      kind: 'flag',
      help: 'No progress',
    },
    PLATFORM,
  ],
  min: 0,
  max: 0,
  run: async ({ engine, session }, options) => {
    const file = options.value('input');
    if ((file === undefined || file === '-') && session.request.tty.stdin)
      throw invalidArgument('requested load from stdin, but stdin is empty', {
        hint: 'Name a file with -i, or redirect one.',
      });
    const shown = progressOf(session, 'load', options.flag('quiet'));
    const how = { platform: options.value('platform'), onProgress: shown.onProgress, signal: session.signal };
    const { images } = await engine.archives.load({ ...input(session, file), onBytes: shown.onBytes }, how);
    for (const { imageId, reference, renamed } of images) {
      const name = reference === undefined ? undefined : familiar(reference);
      if (renamed !== undefined)
        await session.out(
          `The image ${name} already exists, renaming the old one with ID ${renamed} to empty string\n`,
        );
      await session.out(name === undefined ? `Loaded image ID: ${imageId}\n` : `Loaded image: ${name}\n`);
    }
    return 0;
  },
};

export const importCommand: Command = {
  name: 'import',
  summary: 'Make an image of a root file system in a tar archive',
  usage: '[OPTIONS] FILE|- [REPOSITORY[:TAG]]',
  options: [
    { long: 'change', short: 'c', kind: 'list', help: 'Apply a Dockerfile instruction to the image' },
    { long: 'message', short: 'm', kind: 'value', help: 'What the image’s history says' },
    PLATFORM,
  ],
  min: 1,
  max: 2,
  run: async ({ engine, session }, options) => {
    const [file = '', reference] = options.args;
    if (file === '-' && session.request.tty.stdin)
      throw invalidArgument('requested import from stdin, but stdin is empty', { hint: 'Redirect an archive.' });
    const { onBytes, onProgress } = progressOf(session, 'import', false);
    const { imageId } = await engine.archives.import(
      { ...input(session, file), onBytes },
      { ...importOptions(session, options, reference), onProgress },
    );
    await session.out(`${imageId}\n`);
    return 0;
  },
};

function progressOf(
  session: CliSession,
  command: 'load' | 'import',
  quiet: boolean,
): Required<Pick<ArchiveInput, 'onBytes'> & Pick<ImportArchiveOptions, 'onProgress'>> {
  const { tty, columns } = session.request;
  const printer = createArchivePrinter(tty.stdout && !quiet ? columns : 0, command);
  return {
    onBytes: (current, total) => void session.out(printer.bytes(current, total)),
    onProgress: (progress) => void session.out(printer.layer(progress)),
  };
}

function importOptions(
  { signal }: CliSession,
  options: ParsedOptions,
  reference: string | undefined,
): ImportArchiveOptions {
  return {
    reference,
    changes: options.list('change'),
    message: options.value('message'),
    platform: options.value('platform'),
    signal,
  };
}

/** `-` and absent are standard input; an address stays one. */
function input(session: CliSession, file: string | undefined): ArchiveInput {
  if (file === undefined || file === '-') return { from: session.input() };
  return { from: /^[a-z][a-z0-9+.-]*:\/\//i.test(file) ? file : inDirectory(session, file) };
}

function inDirectory({ request }: CliSession, path: string): string {
  return resolve(request.cwd, path);
}

// The client takes what its reader takes; a reader that has gone ends the command through the signal.
async function writeOut(session: CliSession, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  for await (const chunk of bytes) {
    signal.throwIfAborted();
    await session.out(chunk);
  }
}
