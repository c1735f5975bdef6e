// Docker's own config.json as far as it is about logins (docker/cli, configfile): reading it, and changing it without
// losing what else stands in it. Pure. Secrets never get into a message.

import { EngineError, invalidArgument } from '../base/errors.ts';
import { formatJson, parseJson } from '../base/json.ts';
import { compact, expected, member, object, optional, record, root, string, type Field } from '../base/validate.ts';
import { DEFAULT_REGISTRY } from '../oci/reference.ts';
import type { Credentials } from './auth.ts';

/** Under which key Docker keeps the login of Docker Hub. */
export const HUB_KEY = 'https://index.docker.io/v1/';

export interface DockerConfig {
  /** By the key as it is written: a host, or an address. */
  readonly auths: ReadonlyMap<string, Credentials>;
  /** Helper for every registry that has none of its own. */
  readonly credsStore?: string;
  /** Helper by host. */
  readonly credHelpers: Readonly<Record<string, string>>;
}

export const NO_DOCKER_CONFIG: DockerConfig = { auths: new Map(), credHelpers: {} };

/** Parses the file. Throws InvalidArgument naming the file and the place, never a value. */
export function parseDockerConfig(text: string | Uint8Array, path: string): DockerConfig {
  try {
    const document = root(parseJson(text, 'config'));
    const auths = optional(member(document, 'auths'), (field) => record(field, authField)) ?? {};
    return compact({
      auths: new Map(Object.entries(auths).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
      credsStore: optional(member(document, 'credsStore'), helperField),
      credHelpers: optional(member(document, 'credHelpers'), helpersField) ?? {},
    });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw invalidArgument(`read logins from ${path}: ${error.message}`, {
      hint: 'Correct that file, or point DOCKER_CONFIG at another directory.',
    });
  }
}

/** The key for a registry's host in `auths` and for helpers. */
export const keyOf = (host: string): string => (host === DEFAULT_REGISTRY ? HUB_KEY : host);

/** The registry's host that a key stands for. */
export const hostOf = (key: string): string => (key === HUB_KEY ? DEFAULT_REGISTRY : hostOfKey(key));

/** The login of `auths` for a registry's host: by its key, else by any key that is an address on that host. */
export function findAuth(config: DockerConfig, host: string): Credentials | undefined {
  const exact = config.auths.get(keyOf(host));
  if (exact !== undefined || host === DEFAULT_REGISTRY) return exact;
  return [...config.auths].find(([key]) => hostOfKey(key) === host)?.[1];
}

/** The helper that keeps a registry's login, `pass` for docker-credential-pass; undefined: the file itself does. */
export function helperOf(config: DockerConfig, host: string): string | undefined {
  const name = config.credHelpers[host] ?? config.credHelpers[keyOf(host)] ?? config.credsStore;
  return name === '' ? undefined : name;
}

/** The file's text with the login of a key set, or removed where `credentials` is undefined. */
export function withAuth(text: string | Uint8Array | undefined, key: string, credentials?: Credentials): string {
  const before = text === undefined ? {} : object(root(parseJson(text, 'config')));
  const auths = { ...(before['auths'] === undefined ? {} : object(root(before['auths']))) };
  // Whatever address of that host it was kept under.
  for (const other of Object.keys(auths))
    if (other === key || hostOfKey(other) === key) Reflect.deleteProperty(auths, other);
  if (credentials !== undefined) auths[key] = authEntry(credentials);
  return formatJson({ ...before, auths });
}

function authEntry({ username, password, identityToken }: Credentials): Readonly<Record<string, string>> {
  const auth = Buffer.from(`${username}:${identityToken === undefined ? password : ''}`).toString('base64');
  return identityToken === undefined ? { auth } : { auth, identitytoken: identityToken };
}

/** `https://host/v1/` and `host/v2/` as `host`. */
function hostOfKey(key: string): string {
  return key.replace(/^https?:\/\//, '').split('/', 1)[0] ?? '';
}

function authField(field: Field): Credentials | undefined {
  const encoded = optional(member(field, 'auth'), secret);
  const pair = encoded === undefined ? undefined : decodePair(encoded, field);
  const username = pair?.username ?? optional(member(field, 'username'), secret) ?? '';
  const password = pair?.password ?? optional(member(field, 'password'), secret) ?? '';
  const identityToken = optional(member(field, 'identitytoken'), secret);
  // Docker leaves an empty object where a credential store has the login.
  if (username === '' && password === '' && identityToken === undefined) return undefined;
  return compact({ username, password, identityToken: identityToken === '' ? undefined : identityToken });
}

/** As {@link string}, but a mistake never quotes what was found. */
function secret(field: Field): string {
  if (typeof field.value !== 'string' || field.value.includes('\0'))
    throw invalidArgument(`${field.path}: expected a string`);
  return field.value;
}

function decodePair(
  encoded: string,
  field: Field,
): { readonly username: string; readonly password: string } | undefined {
  if (encoded === '') return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 1) throw invalidArgument(`${field.path}.auth: expected user:password in base64`);
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
}

// A helper's name becomes a program's name: nothing that could be a path.
function helperField(field: Field): string {
  const name = string(field);
  if (!/^[A-Za-z0-9._-]{0,100}$/.test(name)) throw expected(field, 'the name of a credential helper');
  return name;
}

function helpersField(field: Field): Readonly<Record<string, string>> {
  return record(field, helperField);
}
