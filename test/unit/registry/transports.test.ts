import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAuthenticator } from '../../../runtime-server/src/registry/auth.ts';
import { parseChallenges } from '../../../runtime-server/src/registry/challenge.ts';
import type { HttpRequest, HttpResponse, Transport } from '../../../runtime-server/src/registry/http.ts';
import { withRedirects } from '../../../runtime-server/src/registry/redirects.ts';
import { retryAfter, withRetry } from '../../../runtime-server/src/registry/retry-transport.ts';

const request = (url: string, headers: Record<string, string> = {}): HttpRequest => ({
  method: 'GET',
  url: new URL(url),
  headers,
});

function response(status: number, headers: Record<string, string> = {}, body = ''): HttpResponse {
  return {
    status,
    headers,
    url: new URL('https://a.example/from'),
    // eslint-disable-next-line @typescript-eslint/require-await
    body: (async function* () {
      yield Buffer.from(body);
    })(),
    discard: () => undefined,
  };
}

/** Answers with the responses in turn and remembers the requests. */
function scripted(...answers: readonly (HttpResponse | Error)[]): {
  readonly transport: Transport;
  readonly seen: HttpRequest[];
} {
  const seen: HttpRequest[] = [];
  const transport: Transport = (asked) => {
    const answer = answers[seen.length] ?? answers.at(-1);
    seen.push(asked);
    if (answer instanceof Error) return Promise.reject(answer);
    return answer === undefined
      ? Promise.reject(new Error('no answer'))
      : Promise.resolve({ ...answer, url: asked.url });
  };
  return { transport, seen };
}

const broken = (code: string): Error => Object.assign(new Error(code), { code });
const never = { allowsHttp: (): boolean => false };

describe('withRedirects', () => {
  it('keeps credentials on the same origin only, and drops them for good', async () => {
    const hops = ['/there', 'https://b.example/x', 'https://a.example/back'].map((location) =>
      response(307, { location }),
    );
    const { transport, seen } = scripted(...hops, response(200));
    await withRedirects(transport, never)(request('https://a.example/from', { authorization: 'secret', accept: 'x' }));
    assert.deepEqual(
      seen.map((asked) => [asked.url.href, asked.headers['authorization'], asked.headers['accept']]),
      [
        ['https://a.example/from', 'secret', 'x'],
        ['https://a.example/there', 'secret', 'x'],
        ['https://b.example/x', undefined, 'x'],
        ['https://a.example/back', undefined, 'x'],
      ],
    );
  });

  it('takes another port or a name and password in the address for what they are', async () => {
    const { transport, seen } = scripted(response(302, { location: 'https://u:p@a.example:444/x' }), response(200));
    await withRedirects(transport, never)(request('https://a.example/from', { authorization: 'secret' }));
    assert.deepEqual([seen[1]?.url.href, seen[1]?.headers['authorization']], ['https://a.example:444/x', undefined]);
  });

  it('never goes from https to http, even where http is allowed', async () => {
    const { transport } = scripted(response(302, { location: 'http://127.0.0.1/x' }));
    const follow = withRedirects(transport, { allowsHttp: () => true });
    await assert.rejects(follow(request('https://a.example/from')), { code: 'DataLoss', message: /without TLS/ });
  });

  it('hands on a redirect without Location, and 304', async () => {
    for (const status of [302, 304, 300]) {
      const { transport } = scripted(response(status));
      assert.equal((await withRedirects(transport, never)(request('https://a.example/x'))).status, status);
    }
  });
});

describe('withRetry', () => {
  const policy = { attempts: 3, base: 1, cap: 2000 };

  it('tries again what is worth it, and only so often', async () => {
    for (const answer of [response(503), response(429), broken('ECONNRESET'), broken('UND_ERR_SOCKET')]) {
      const { transport, seen } = scripted(answer);
      let retries = 0;
      const trying = withRetry(transport, { ...policy, onRetry: () => (retries += 1) })(request('https://a.example/x'));
      if (answer instanceof Error) await assert.rejects(trying, answer);
      else assert.equal((await trying).status, answer.status);
      assert.deepEqual([seen.length, retries], [3, 2]);
    }
  });

  it('takes the rest as it is', async () => {
    for (const answer of [response(200), response(404), response(501), broken('ENOTFOUND'), broken('ECONNREFUSED')]) {
      const { transport, seen } = scripted(answer);
      await withRetry(transport, policy)(request('https://a.example/x')).catch(() => undefined);
      assert.equal(seen.length, 1);
    }
  });

  it('stops when it is aborted', async () => {
    const controller = new AbortController();
    const { transport, seen } = scripted(response(503, { 'retry-after': '2' }));
    const trying = withRetry(transport, policy)({ ...request('https://a.example/x'), signal: controller.signal });
    setImmediate(() => {
      controller.abort();
    });
    await assert.rejects(trying, { name: 'AbortError' });
    assert.equal(seen.length, 1);
  });

  it('understands Retry-After', () => {
    assert.equal(retryAfter(response(429, { 'retry-after': '7' })), 7);
    assert.equal(retryAfter(response(429, { 'retry-after': 'Thu, 01 Jan 1970 00:01:00 GMT' }), 30_000), 30);
    assert.equal(retryAfter(response(429, { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }), 30_000), 0);
    for (const text of ['', 'soon', '-1', '1e9'])
      assert.equal(retryAfter(response(429, { 'retry-after': text })), undefined);
  });
});

describe('authentication', () => {
  const challenge = {
    'www-authenticate': 'Bearer realm="https://auth.example/token",service="s",scope="repository:a:pull extra"',
  };

  it('keeps a token for its lifetime, per scope', async () => {
    let time = 0;
    const { transport, seen } = scripted(
      response(401, challenge),
      response(200, {}, '{"token":"t1","expires_in":100}'),
      ...Array.from({ length: 4 }, () => response(200)),
      response(401, challenge),
      response(200, {}, '{"token":"t2"}'),
      response(200),
    );
    const auth = createAuthenticator({
      credentials: () => Promise.resolve(undefined),
      allowsHttp: () => false,
      now: () => time,
    });
    const ask = (scope: string) => auth.wrap(transport, 'a.example', scope)(request('https://a.example/x'));
    await ask('one');
    await ask('one');
    assert.equal(seen[3]?.headers['authorization'], 'Bearer t1');
    await ask('two');
    assert.equal(seen[4]?.headers['authorization'], undefined, 'another scope');
    time = 89_000;
    await ask('one');
    assert.equal(seen[5]?.headers['authorization'], 'Bearer t1');
    time = 91_000;
    await ask('one');
    assert.equal(seen[6]?.headers['authorization'], undefined, 'run out');
    assert.equal(seen[8]?.headers['authorization'], 'Bearer t2');
    assert.equal(seen[1]?.url.href, 'https://auth.example/token?service=s&scope=repository%3Aa%3Apull&scope=extra');
  });

  it('asks for one token that does for all of a push', async () => {
    const { transport, seen } = scripted(response(401, challenge), response(200, {}, '{"token":"t"}'), response(200));
    const auth = createAuthenticator({ credentials: () => Promise.resolve(undefined), allowsHttp: () => false });
    const scope = 'repository:a:pull,push repository:b:pull';
    await auth.wrap(transport, 'a.example', scope)(request('https://a.example/x'));
    assert.deepEqual(seen[1]?.url.searchParams.getAll('scope'), [...scope.split(' '), 'repository:a:pull', 'extra']);
  });

  it('sends user name and password to the realm, and says no word of them', async () => {
    const { transport, seen } = scripted(response(401, challenge), response(403));
    const credentials = () => Promise.resolve({ username: 'ann', password: 'pass-word' });
    const auth = createAuthenticator({ credentials, allowsHttp: () => false });
    await assert.rejects(auth.wrap(transport, 'a.example', 's')(request('https://a.example/x')), {
      code: 'Unauthenticated',
      message: 'a.example refused the user name or password',
    });
    assert.equal(seen[1]?.headers['authorization'], `Basic ${Buffer.from('ann:pass-word').toString('base64')}`);
    assert.equal(seen[1].url.searchParams.get('account'), 'ann');
  });

  it('takes no user name or password out of a realm’s address', async () => {
    const realm = { 'www-authenticate': 'Bearer realm="https://eve:secret@auth.example/token"' };
    const { transport, seen } = scripted(response(401, realm), response(403));
    const auth = createAuthenticator({ credentials: () => Promise.resolve(undefined), allowsHttp: () => false });
    await assert.rejects(auth.wrap(transport, 'a.example', 's')(request('https://a.example/x')));
    assert.deepEqual([seen[1]?.url.username, seen[1]?.url.password], ['', '']);
  });

  it('prefers the token, falls back to Basic, leaves a 401 that it can not answer', async () => {
    const credentials = () => Promise.resolve({ username: 'ann', password: 'p' });
    const auth = createAuthenticator({ credentials, allowsHttp: () => false });
    const basic = scripted(response(401, { 'www-authenticate': 'Negotiate, Basic realm="x"' }), response(200));
    assert.equal((await auth.wrap(basic.transport, 'a.example', 's')(request('https://a.example/x'))).status, 200);
    assert.match(basic.seen[1]?.headers['authorization'] ?? '', /^Basic /);
    const other = scripted(response(401, { 'www-authenticate': 'Negotiate' }));
    assert.equal((await auth.wrap(other.transport, 'b.example', 's')(request('https://b.example/x'))).status, 401);
    assert.equal(other.seen.length, 1);
  });

  it('forgets what a host was answered with, and no other', async () => {
    const credentials = () => Promise.resolve({ username: 'ann', password: 'p' });
    const auth = createAuthenticator({ credentials, allowsHttp: () => false });
    const basic = response(401, { 'www-authenticate': 'Basic realm="x"' });
    const { transport, seen } = scripted(basic, response(200), basic, response(200), response(200), response(200));
    const ask = (host: string) => auth.wrap(transport, host, 's')(request(`https://${host}/x`));
    await ask('a.example');
    await ask('b.example');
    auth.forget('a.example');
    await ask('b.example');
    await ask('a.example');
    assert.match(seen[4]?.headers['authorization'] ?? '', /^Basic /);
    assert.equal(seen[5]?.headers['authorization'], undefined);
  });

  it('reads challenges', () => {
    const parsed = parseChallenges(
      'Bearer realm="https://a/\\"t\\"" , service=plain,scope="x,y" , Basic realm="z", Negotiate',
    );
    assert.deepEqual(
      parsed.map((item) => [item.scheme, [...item.parameters]]),
      [
        [
          'bearer',
          [
            ['realm', 'https://a/"t"'],
            ['service', 'plain'],
            ['scope', 'x,y'],
          ],
        ],
        ['basic', [['realm', 'z']]],
        ['negotiate', []],
      ],
    );
    assert.deepEqual(parseChallenges(''), []);
    assert.deepEqual(parseChallenges('='), []);
    assert.deepEqual(parseChallenges('x'.repeat(20_000)), []);
  });
});
