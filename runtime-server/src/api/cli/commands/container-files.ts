// diff, export, commit: what docker's commands of these names do.

import { resolve } from 'node:path';
import { raceAbort } from '../../../base/abort.ts';
import { writeOutputFile } from '../../../base/output-file.ts';
import { invalidArgument } from '../../../base/errors.ts';
import { printable } from '../format.ts';
import type { CliSession, Command } from '../session.ts';

export const diffCommand: Command = {
  name: 'diff',
  summary: 'Show which files a container has added, changed or deleted',
  usage: 'CONTAINER',
  options: [],
  min: 1,
  max: 1,
  run: async ({ engine, session }, options) => {
    const changes = await engine.files.changes(options.args[0] ?? '', session.signal);
    await session.out(changes.map(({ kind, path }) => `${kind} ${printable(path)}\n`).join(''));
    return 0;
  },
};

export const exportCommand: Command = {
  name: 'export',
  summary: 'Write all files of a container as a tar archive (to standard output by default)',
  usage: '[OPTIONS] CONTAINER',
  options: [{ long: 'output', short: 'o', kind: 'value', placeholder: 'FILE', help: 'Write to a file instead' }],
  min: 1,
  max: 1,
  run: async ({ engine, session }, options) => {
    const file = options.value('output');
    if (file === undefined && session.request.tty.stdout)
      throw invalidArgument('cowardly refusing to save to a terminal. Use the -o flag or redirect');
    const write = (bytes: AsyncIterable<Uint8Array>): Promise<void> =>
      file === undefined
        ? writeOut(session, bytes)
        : writeOutputFile(resolve(session.request.cwd, file), bytes, session.signal);
    await engine.files.export(options.args[0] ?? '', write, session.signal);
    return 0;
  },
};

export const commitCommand: Command = {
  name: 'commit',
  summary: 'Make an image of a container as it is now',
  usage: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  options: [
    { long: 'author', short: 'a', kind: 'value', help: 'Who the image says has made it' },
    { long: 'change', short: 'c', kind: 'list', help: 'Apply a Dockerfile instruction to the image' },
    { long: 'message', short: 'm', kind: 'value', help: 'What the image’s history says' },
    { long: 'pause', short: 'p', kind: 'flag', help: 'Hold the container’s processes meanwhile (default true)' },
  ],
  min: 1,
  max: 2,
  run: async ({ engine, session }, options) => {
    const [container = '', reference] = options.args;
    const { imageId, skipped } = await engine.files.commit(
      container,
      {
        reference,
        author: options.value('author'),
        message: options.value('message'),
        changes: options.list('change'),
        pause: options.value('pause') !== 'false',
      },
      session.signal,
    );
    for (const name of skipped) await session.err(`WARNING: left out: ${printable(name)}\n`);
    await session.out(`${imageId}\n`);
    return 0;
  },
};

// At the reader's pace. A reader that goes away ends the command through the signal, also while it is waited for.
async function writeOut(session: CliSession, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) await raceAbort(session.out(chunk), session.signal);
}
