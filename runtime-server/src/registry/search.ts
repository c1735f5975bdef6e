// Looking for images: Docker Hub's search, the catalog of other registries, and the tags of a repository anywhere. What
// comes back is bounded and checked: names that are none are left out.

import { dataLoss, unsupported } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { array, boolean, count, member, optional, root, string, type Field } from '../base/validate.ts';
import { DEFAULT_REGISTRY, isRepository, isTag } from '../oci/reference.ts';
import type { Asker } from './asker.ts';
import { readBody, type HttpResponse } from './http.ts';

export interface Found {
  /** Without the registry: `team/app`, or with a tag `team/app:1`. */
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly official: boolean;
  readonly automated: boolean;
}

export interface Search {
  /** `docker.io`, `localhost:5000`. */
  readonly host: string;
  /** Part of a name; with a colon, the beginning of a tag of exactly that repository. */
  readonly term: string;
  /** As many as are wanted. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

/** An asker for a scope: `registry:catalog:*`, `repository:team/app:pull`; without one, of the search. */
export type AskerFor = (scope: string) => Asker;

const PAGE = 100;
/** Lists that go on after so many pages are not looked at further. */
const PAGES_MAX = 100;
const BODY_MAX = 4 << 20;
const CATALOG = 'registry:catalog:*';
const UNLISTED: readonly number[] = [403, 404, 405, 501];

/** The best matches first where the registry knows; else by name. */
export async function search(askerFor: AskerFor, question: Search): Promise<readonly Found[]> {
  const { host, term, limit } = question;
  const [name = '', tag] = term.split(':', 2);
  if (tag !== undefined) return (await tagsOf(askerFor, question, name, tag)).slice(0, limit);
  if (host === DEFAULT_REGISTRY) return searchHub(askerFor(''), question);
  const found: Found[] = [];
  for await (const repository of listed(askerFor(CATALOG), '/v2/_catalog', 'repositories', question)) {
    if (!isRepository(repository) || !repository.includes(name)) continue;
    found.push(named(repository));
    // Its tags are what is looked for when the whole name is known.
    if (repository === name && name !== '') found.push(...(await tagsOf(askerFor, question, name, '')));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

/** All tags of a repository, as the registry gives them. */
export async function tagsIn(askerFor: AskerFor, question: Omit<Search, 'limit'>): Promise<readonly string[]> {
  const found = await tagsOf(askerFor, { ...question, limit: Infinity }, question.term, '');
  return found.map(({ name }) => name.slice(name.lastIndexOf(':') + 1));
}

const named = (name: string): Found => ({ name, description: '', stars: 0, official: false, automated: false });

async function tagsOf(
  askerFor: AskerFor,
  question: Search,
  repository: string,
  prefix: string,
): Promise<readonly Found[]> {
  const official = question.host === DEFAULT_REGISTRY && !repository.includes('/');
  const path = official ? `library/${repository}` : repository;
  if (!isRepository(path)) return [];
  const found: Found[] = [];
  const asker = askerFor(`repository:${path}:pull`);
  for await (const tag of listed(asker, `/v2/${path}/tags/list`, 'tags', question)) {
    if (isTag(tag) && tag.startsWith(prefix)) found.push(named(`${repository}:${tag}`));
    if (found.length >= question.limit) break;
  }
  return found;
}

/** The entries of a list over its pages (distribution-spec, "Listing Tags": Link). */
async function* listed(
  { ask }: Asker,
  path: string,
  key: 'repositories' | 'tags',
  { host, signal }: Search,
): AsyncGenerator<string, void, undefined> {
  let next: string | undefined = `${path}?n=${PAGE}`;
  for (let page = 0; next !== undefined && page < PAGES_MAX; page += 1) {
    const question = { method: 'GET', path: next, signal, accepts: [200, ...UNLISTED] } as const;
    const answer: Page = await ask(question, async (response) => {
      if (response.status !== 200) {
        response.discard();
        throw unsupported(`${host} lists no ${key}`, { hint: 'Pull by the whole name.' });
      }
      const items = optional(member(await document(response, host), key), (field) => array(field, string)) ?? [];
      return { items, next: nextOf(response, path) };
    });
    yield* answer.items;
    next = answer.next;
  }
}

interface Page {
  readonly items: readonly string[];
  readonly next: string | undefined;
}

// Only more of the same list: a link could lead anywhere.
function nextOf({ headers, url }: HttpResponse, path: string): string | undefined {
  const target = /<([^<>]*)>\s*;[^,]*\brel="?next"?/.exec(headers['link'] ?? '')?.[1];
  if (target === undefined || !URL.canParse(target, url.href)) return undefined;
  const next = new URL(target, url);
  if (next.origin !== url.origin || next.pathname !== path) {
    throw dataLoss(`${url.host} continues a list at another address, which was refused`);
  }
  return next.pathname + next.search;
}

async function searchHub({ ask }: Asker, { host, term, limit, signal }: Search): Promise<readonly Found[]> {
  const query = new URLSearchParams({ q: term, n: String(limit) }).toString();
  return ask({ method: 'GET', path: `/v1/search?${query}`, signal }, async (response) => {
    const results = array(member(await document(response, host), 'results'), result);
    return results.filter(({ name }) => isRepository(name)).slice(0, limit);
  });
}

function result(field: Field): Found {
  const flag = (name: string): boolean => optional(member(field, name), boolean) ?? false;
  return {
    name: string(member(field, 'name')),
    description: optional(member(field, 'description'), string) ?? '',
    stars: optional(member(field, 'star_count'), count) ?? 0,
    official: flag('is_official'),
    automated: flag('is_automated'),
  };
}

async function document(response: HttpResponse, host: string): Promise<Field> {
  return root(parseJson(await readBody(response, BODY_MAX, `answer of ${host}`), `answer of ${host}`));
}
