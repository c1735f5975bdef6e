// Image references as people type them (distribution/reference's grammar and Docker's short forms). Pure.

import { invalidArgument, type EngineError } from '../base/errors.ts';
import { printable, quote } from '../base/validate.ts';
import { isDigest, parseDigest, type Digest } from './digest.ts';

/** A normalised reference: the registry and its repository are always there. */
export interface Reference {
  /** Host and optional port: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** `library/alpine`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export const DEFAULT_REGISTRY = 'docker.io';
const DEFAULT_TAG = 'latest';
const OFFICIAL = 'library/';
const MAX_NAME = 255;
const MAX_TEXT = MAX_NAME + 1 + 128 + 1 + 255;

const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const REGISTRY = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]{1,5})?$`);
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const IMAGE_ID = /^[a-f0-9]{64}$/;
const TAG = /^\w[\w.-]{0,127}$/;

/**
 * Parses what a person typed: `alpine`, `alpine:3.20`, `localhost:5000/team/app@sha256:…`. Without tag and digest
 * neither is set: see {@link withDefaultTag}. `verb` begins the error's text.
 */
export function parseReference(text: string, verb = 'parse'): Reference {
  const fail = (reason: string, hint?: string): EngineError =>
    invalidArgument(`${verb} ${printable(text)}: ${reason}`, hint === undefined ? {} : { hint });
  if (text === '') throw fail('the image name is empty', 'Name an image, for example `alpine`.');
  if (text.length > MAX_TEXT) throw fail('the image name is too long');
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text);
  if (scheme !== null) {
    throw fail('an image name has no scheme', `Write it without \`${scheme[0]}\`: \`registry/repository:tag\`.`);
  }
  const { name, tag, digest } = split(text);
  if (digest !== undefined && !isDigest(digest)) throw fail(reasonOf(() => parseDigest(digest)));
  if (tag !== undefined && !TAG.test(tag)) throw fail(tagReason(tag));
  const { registry, repository } = splitRegistry(name);
  checkName(registry, repository, name, fail);
  return { registry, repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/**
 * The host of a registry as people name it to log in: `localhost:5000`, `https://registry.example/v2/`; nothing, or any
 * name of Docker Hub, is `docker.io`. `verb` begins the error's text.
 */
export function parseRegistry(text: string, verb: string): string {
  const host = text.replace(/^https?:\/\//i, '').split('/', 1)[0] ?? '';
  if (['', DEFAULT_REGISTRY, 'index.docker.io', 'registry-1.docker.io'].includes(host)) return DEFAULT_REGISTRY;
  const fail: Fail = (reason) => invalidArgument(`${verb} ${printable(text)}: ${reason}`);
  checkRegistry(host, fail);
  return host;
}

/** A term to look for, parted from the registry that stands before it as in a reference; without one, Docker Hub's. */
export function splitTerm(text: string): { readonly host: string; readonly term: string } {
  const first = firstComponent(text);
  if (first === undefined || !looksLikeRegistry(first)) return { host: DEFAULT_REGISTRY, term: text };
  return { host: parseRegistry(first, 'search'), term: text.slice(first.length + 1) };
}

/** True for the name of a repository, without a registry: `team/app`. */
export function isRepository(text: string): boolean {
  return text.length <= MAX_NAME && text.split('/').every((component) => COMPONENT.test(component));
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** The reference with `latest` where it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: DEFAULT_TAG } : reference;
}

/** `docker.io/library/alpine`. */
export function repositoryName(reference: Reference): string {
  return `${reference.registry}/${reference.repository}`;
}

/** The full form: `docker.io/library/alpine:3.20`. */
export function canonical(reference: Reference): string {
  return repositoryName(reference) + suffix(reference);
}

/** As short as Docker shows it: `alpine:3.20`. Parsing it again gives the same reference. */
export function familiar(reference: Reference | string): string {
  const parsed = typeof reference === 'string' ? parseReference(reference) : reference;
  return familiarName(parsed) + suffix(parsed);
}

/** The repository as short as Docker shows it: `alpine`, `localhost:5000/team/app`. */
function familiarName(reference: Reference): string {
  if (reference.registry !== DEFAULT_REGISTRY) return repositoryName(reference);
  const { repository } = reference;
  const short = repository.startsWith(OFFICIAL) ? repository.slice(OFFICIAL.length) : repository;
  return [short, repository].find((name) => namesOnHub(name, repository)) ?? repositoryName(reference);
}

// Whether the name, as typed, is that repository of Docker Hub, and not a host's or an image's ID.
function namesOnHub(name: string, repository: string): boolean {
  const typed = splitRegistry(name);
  return typed.registry === DEFAULT_REGISTRY && typed.repository === repository && !IMAGE_ID.test(name);
}

function suffix(reference: Reference): string {
  return (
    (reference.tag === undefined ? '' : `:${reference.tag}`) +
    (reference.digest === undefined ? '' : `@${reference.digest}`)
  );
}

interface Parts {
  readonly name: string;
  readonly tag?: string;
  readonly digest?: string;
}

function split(text: string): Parts {
  const at = text.indexOf('@');
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  return {
    name: colon === -1 ? named : named.slice(0, colon),
    ...(colon === -1 ? {} : { tag: named.slice(colon + 1) }),
    ...(at === -1 ? {} : { digest: text.slice(at + 1) }),
  };
}

function splitRegistry(name: string): { registry: string; repository: string } {
  const first = firstComponent(name);
  const explicit = first !== undefined && looksLikeRegistry(first);
  const registry = explicit ? (first === 'index.docker.io' ? DEFAULT_REGISTRY : first) : DEFAULT_REGISTRY;
  const rest = explicit ? name.slice(first.length + 1) : name;
  const official = registry === DEFAULT_REGISTRY && rest !== '' && !rest.includes('/');
  return { registry, repository: official ? OFFICIAL + rest : rest };
}

function firstComponent(name: string): string | undefined {
  const slash = name.indexOf('/');
  return slash === -1 ? undefined : name.slice(0, slash);
}

// Docker's rule: a first component with a dot, a colon or an upper-case letter is a host, and so is `localhost`.
function looksLikeRegistry(component: string): boolean {
  return component === 'localhost' || /[.:]/.test(component) || component !== component.toLowerCase();
}

type Fail = (reason: string, hint?: string) => EngineError;

function checkRegistry(registry: string, fail: Fail): void {
  if (!REGISTRY.test(registry)) throw fail(`${quote(registry)} is not a host name`);
  const port = /:(\d+)$/.exec(registry)?.[1];
  if (port !== undefined && Number(port) > 65_535) throw fail(`there is no port ${port}`);
}

function checkName(registry: string, repository: string, name: string, fail: Fail): void {
  checkRegistry(registry, fail);
  if (repository === '')
    throw fail('the repository is missing', `Write it after the host: \`${registry}/repository\`.`);
  if (repository !== repository.toLowerCase()) {
    throw fail('repository names are in lower case', `Try \`${name.toLowerCase()}\`.`);
  }
  if (registry.length + 1 + repository.length > MAX_NAME) throw fail(`a name has at most ${MAX_NAME} characters`);
  if (IMAGE_ID.test(name)) throw fail('64 hexadecimal digits are an image ID, not a name');
  const bad = repository.split('/').find((component) => !COMPONENT.test(component));
  if (bad !== undefined) throw fail(componentReason(bad));
}

function componentReason(component: string): string {
  if (component === '') return 'there is a slash too many';
  if (/\s/.test(component)) return 'an image name has no spaces';
  const odd = /[^a-z0-9._-]/.exec(component);
  if (odd !== null) return `${quote(odd[0])} can't be in a repository name`;
  return `${quote(component)} can't be part of a repository name (letters and digits, parted by one . or _ or by dashes)`;
}

function tagReason(tag: string): string {
  if (tag === '') return 'the tag after the colon is empty';
  if (tag.length > 128) return 'a tag has at most 128 characters';
  return `${quote(tag)} is not a tag (letters, digits, _ . -, not beginning with . or -)`;
}

function reasonOf(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return 'the digest is not well-formed';
}
