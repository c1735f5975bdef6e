// The settings file (daemon.json's keys) as a document that is read again whenever it has changed. Whoever has keys in it parses them.

import * as fs from 'node:fs/promises';
import { EngineError, invalidArgument, isErrno } from './errors.ts';
import { parseJson } from './json.ts';
import { object, root, type Field } from './validate.ts';

const MAX_SIZE = 1 << 20;

/** What `read` makes of the file's text, an object. Its errors become one that names the file. */
export function parseSettingsText<T>(text: string | Uint8Array, path: string, read: (document: Field) => T): T {
  try {
    const document = root(parseJson(text, 'settings'));
    object(document);
    return read(document);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw invalidArgument(`read settings ${path}: ${error.message}`, {
      cause: error,
      hint: 'Correct that file; its keys are those of daemon.json.',
    });
  }
}

/**
 * Reads one reader's keys; the answer is kept until the file's time, size or inode changes. No file is an empty document. Rejects with
 * InvalidArgument for a file that can't be read or makes no sense.
 */
export function createSettingsReader<T>(path: string, read: (document: Field) => T): () => Promise<T> {
  const none = read(root({}));
  let known: { readonly stamp: string; readonly settings: T } | undefined;
  return async () => {
    const stamp = await stampOf(path);
    if (stamp === undefined) return none;
    if (known?.stamp !== stamp) known = { stamp, settings: parseSettingsText(await readSmall(path), path, read) };
    return known.settings;
  };
}

async function stampOf(path: string): Promise<string | undefined> {
  try {
    const found = await fs.stat(path, { bigint: true });
    return `${found.mtimeNs}.${found.ctimeNs}.${found.size}.${found.ino}`;
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined;
    throw invalidArgument(`read settings ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function readSmall(path: string): Promise<Buffer> {
  const found = await fs.stat(path);
  if (!found.isFile()) throw invalidArgument(`read settings ${path}: it is no file`);
  if (found.size > MAX_SIZE) throw invalidArgument(`read settings ${path}: larger than ${MAX_SIZE} bytes`);
  return fs.readFile(path);
}
