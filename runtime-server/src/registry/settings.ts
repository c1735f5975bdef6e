// The settings for registries: one file with daemon.json's keys, read again whenever it has changed.

import * as fs from 'node:fs/promises';
import { EngineError, invalidArgument, isErrno } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { array, expected, member, object, optional, root, string, type Field } from '../base/validate.ts';
import { isInsecureEntry } from './hosts.ts';

export interface RegistrySettings {
  /** Mirrors of docker.io, in the order to try them. */
  readonly mirrors: readonly URL[];
  /** `host`, `host:port` or a subnet: plain http and unverified certificates are allowed there. */
  readonly insecure: readonly string[];
}

const NO_SETTINGS: RegistrySettings = { mirrors: [], insecure: [] };
const MAX_SIZE = 1 << 20;

/** Parses the file's text. Keys other than `registry-mirrors` and `insecure-registries` are left to others. */
export function parseSettings(text: string | Uint8Array, path: string): RegistrySettings {
  try {
    const document = root(parseJson(text, 'settings'));
    object(document);
    return {
      mirrors: optional(member(document, 'registry-mirrors'), (field) => array(field, mirrorField)) ?? [],
      insecure: optional(member(document, 'insecure-registries'), (field) => array(field, insecureField)) ?? [],
    };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw invalidArgument(`read settings ${path}: ${error.message}`, {
      cause: error,
      hint: 'Correct that file; its keys are those of daemon.json.',
    });
  }
}

/** Reads the settings; the answer is kept until the file's time, size or inode changes. No file: no settings. */
export function createSettingsReader(path: string): () => Promise<RegistrySettings> {
  let known: { readonly stamp: string; readonly settings: RegistrySettings } | undefined;
  return async () => {
    const stamp = await stampOf(path);
    if (stamp === undefined) return NO_SETTINGS;
    if (known?.stamp !== stamp) known = { stamp, settings: parseSettings(await readSmall(path), path) };
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

function mirrorField(field: Field): URL {
  const text = string(field);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw expected(field, 'an http or https address');
  if (url.username !== '' || url.password !== '') {
    throw invalidArgument(`${field.path}: user name and password can't be part of the address`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw expected(field, 'an address without path (`https://mirror.example`)');
  }
  return url;
}

function insecureField(field: Field): string {
  const text = string(field);
  if (/^https?:\/\//.test(text)) throw expected(field, 'a host without http:// or https://');
  if (!isInsecureEntry(text)) throw expected(field, 'a host, host:port or subnet');
  return text;
}
