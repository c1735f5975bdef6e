// Looking for images: Docker Hub's answers, catalogs and tags over several pages, and registries that lie or list nothing.

import assert from 'node:assert/strict';
import { before, after, describe, it } from 'node:test';
import { isFor, startHostileRegistry, type HostileRegistry } from '../../support/hostile-registry.ts';
import { openImageStore, type ImageStore } from '../../support/image-store.ts';
import { buildImage, buildLayer, pushImage } from '../../support/images.ts';
import { startRegistry, withoutRegistry, type TestRegistry } from '../../support/registry.ts';

const namesOf = async (store: ImageStore, term: string, limit = 25): Promise<readonly string[]> =>
  (await store.images.search(term, { limit })).map(({ name }) => name);

describe('search', () => {
  describe('in a registry', { skip: withoutRegistry() }, () => {
    let registry: TestRegistry;
    before(async () => {
      registry = await startRegistry();
      const image = buildImage([await buildLayer([{ name: 'a', content: 'a' }])]);
      for (const name of ['team/app', 'team/other', 'tools/app-two'])
        for (const tag of ['1.0', '2.0']) await pushImage(registry.host, name, tag, image);
    });
    after(() => registry.stop());

    it('gives the repositories of the catalog, of one its tags, and of a tag those that begin so', async () => {
      await using store = await openImageStore();
      const { host } = registry;
      assert.deepEqual(await namesOf(store, `${host}/app`), [`${host}/team/app`, `${host}/tools/app-two`]);
      // Not every registry sorts them.
      assert.deepEqual([...(await namesOf(store, `${host}/team/app`))].sort(), [
        `${host}/team/app`,
        `${host}/team/app:1.0`,
        `${host}/team/app:2.0`,
      ]);
      assert.deepEqual(await namesOf(store, `${host}/team/app:2`), [`${host}/team/app:2.0`]);
      assert.deepEqual(await namesOf(store, `${host}/`, 2), [`${host}/team/app`, `${host}/team/other`]);
      assert.deepEqual(await namesOf(store, `${host}/nothing`), []);
    });
  });

  /** Serves a list in pages, `pages` of them (endless where it is Infinity). */
  function paged(
    registry: HostileRegistry,
    pages: number,
    link = (last: number): string => `/v2/_catalog?last=${last}`,
  ): void {
    registry.intercept((request, response) => {
      if (!isFor(request, '/v2/_catalog')) return false;
      const page = Number(/last=(\d+)/.exec(request.url ?? '')?.[1] ?? 0) + 1;
      const more = page < pages ? { link: `<${link(page)}>; rel="next"` } : {};
      response.writeHead(200, { 'content-type': 'application/json', ...more });
      response.end(JSON.stringify({ repositories: [`team/name-${page}`, 'UPPER/../x', `other/${page}`] }));
      return true;
    });
  }

  it('follows the pages of a catalog, as far as they are needed and no further than is bearable', async () => {
    await using registry = await startHostileRegistry();
    await using store = await openImageStore();
    paged(registry, 5);
    const all = [1, 2, 3, 4, 5].map((page) => `${registry.host}/team/name-${page}`);
    assert.deepEqual(await namesOf(store, `${registry.host}/name`), all, 'what is no name is left out');
    registry.forgetRequests();
    assert.deepEqual(await namesOf(store, `${registry.host}/name`, 2), all.slice(0, 2));
    assert.equal(registry.requests.length, 2);
    paged(registry, Infinity);
    registry.forgetRequests();
    assert.deepEqual(await namesOf(store, `${registry.host}/absent`), []);
    assert.equal(registry.requests.length, 100);
  });

  it('follows no link that leads elsewhere', async () => {
    for (const link of ['http://other.example/v2/_catalog', '/v2/elsewhere', 'http://127.0.0.1:1/v2/_catalog']) {
      await using registry = await startHostileRegistry();
      await using store = await openImageStore();
      paged(registry, 2, () => link);
      await assert.rejects(store.images.search(`${registry.host}/name`), {
        code: 'DataLoss',
        message: /at another address/,
      });
    }
  });

  it('is Docker Hub’s without a registry, asked of a mirror first', async () => {
    await using mirror = await startHostileRegistry();
    await using store = await openImageStore();
    await store.configure({ 'registry-mirrors': ['http://127.0.0.1:1', `http://${mirror.host}`] });
    const results = [
      { name: 'alpine', description: 'A minimal image', star_count: 9, is_official: true },
      { name: 'ann/alpine', star_count: 1, is_automated: true },
      { name: '../etc' },
    ];
    mirror.serve('/v1/search', Buffer.from(JSON.stringify({ results })), 'application/json');
    mirror.serve('/v2/library/alpine/tags/list', Buffer.from('{"tags":["3.20","edge","3.19"]}'), 'application/json');
    assert.deepEqual(await store.images.search('alpine', { limit: 10 }), [
      { name: 'alpine', description: 'A minimal image', stars: 9, official: true, automated: false },
      { name: 'ann/alpine', description: '', stars: 1, official: false, automated: true },
    ]);
    assert.equal(mirror.requests[0]?.url, '/v1/search?q=alpine&n=10');
    assert.deepEqual(await namesOf(store, 'alpine:3'), ['alpine:3.20', 'alpine:3.19']);
  });

  it('says what is wrong in one sentence', async () => {
    await using registry = await startHostileRegistry();
    await using store = await openImageStore();
    registry.serve('/v2/big/tags/list', Buffer.alloc((4 << 20) + 1, 'x'));
    registry.serve('/v2/odd/tags/list', Buffer.from('{"tags":[7]}'));
    const { host } = registry;
    for (const [term, code, message] of [
      [`${host}/x`, 'Unsupported', /lists no repositories/],
      [`${host}/x:1`, 'Unsupported', /lists no tags/],
      [`${host}/big:1`, 'DataLoss', /larger than/],
      [`${host}/odd:1`, 'InvalidArgument', /\$\.tags\[0\]: expected a string/],
      ['a b', 'InvalidArgument', /a term has letters/],
      ['localhost:99999/x', 'InvalidArgument', /there is no port/],
    ] as const) {
      await assert.rejects(store.images.search(term), (error: Error & { code: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.ok(error.message.startsWith('search '), error.message);
        return true;
      });
    }
    await assert.rejects(store.images.search('x', { limit: 0 }), { message: /outside the range of \[1, 100\]/ });
  });
});
