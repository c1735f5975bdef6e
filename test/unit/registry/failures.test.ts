import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineError, notFound } from '../../../runtime-server/src/base/errors.ts';
import {
  describeFailure,
  describeStatus,
  isHostGone,
  isTransient,
  isUnreachable,
} from '../../../runtime-server/src/registry/failures.ts';

const url = new URL('https://r.example:5000/v2/');
const broken = (code: string): Error => Object.assign(new Error('raw text'), { code });

describe('failures of the network', () => {
  it('are told in plain words with host and hint', () => {
    for (const [code, message] of [
      ['ENOTFOUND', 'there is no host r.example'],
      ['EAI_AGAIN', "the name r.example can't be looked up now"],
      ['ECONNREFUSED', 'r.example:5000 refuses connections'],
      ['EHOSTUNREACH', "r.example:5000 can't be reached from this network"],
      ['UND_ERR_CONNECT_TIMEOUT', 'r.example:5000 does not answer'],
      ['ERR_UPLOAD_STALLED', 'r.example:5000 stopped taking what is sent'],
      ['UND_ERR_BODY_TIMEOUT', 'r.example:5000 stopped sending'],
      ['ECONNRESET', 'r.example:5000 closed the connection'],
      ['UND_ERR_INFO', 'r.example:5000 closed the connection'],
      ['ERR_HTTP2_STREAM_ERROR', 'r.example:5000 closed the connection'],
      ['ERR_HTTP2_ERROR', 'r.example:5000 does not keep to HTTP/2'],
      ['DEPTH_ZERO_SELF_SIGNED_CERT', 'the certificate of r.example:5000 is not trusted'],
      ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the certificate of r.example:5000 is not trusted'],
      ['CERT_HAS_EXPIRED', 'the certificate of r.example:5000 has expired'],
      ['ERR_TLS_CERT_ALTNAME_INVALID', 'the certificate of r.example:5000 is for another host'],
      ['ERR_SSL_WRONG_VERSION_NUMBER', 'r.example:5000 does not speak TLS'],
      ['HPE_INVALID_CONSTANT', "r.example:5000 can't be reached (HPE_INVALID_CONSTANT)"],
    ] as const) {
      const error = describeFailure(broken(code), url);
      assert.ok(error instanceof EngineError);
      assert.deepEqual([error.code, error.message], ['Unavailable', message]);
      assert.ok((error.hint ?? '').length > 10);
    }
  });

  it('are found inside of causes and of attempts at several addresses', () => {
    assert.equal(isTransient(new Error('x', { cause: broken('ECONNRESET') })), true);
    const several = new AggregateError([broken('ECONNREFUSED'), broken('ENETUNREACH')]);
    assert.match(describeFailure(several, url).message, /refuses connections/);
    assert.match(describeFailure(new DOMException('x', 'TimeoutError'), url).message, /stopped sending/);
  });

  it('stay what they are when they are none', () => {
    const own = notFound('x');
    assert.equal(describeFailure(own, url), own);
    const abort = new DOMException('x', 'AbortError');
    assert.equal(describeFailure(abort, url), abort);
    assert.equal(isUnreachable(abort), false);
    assert.equal(isUnreachable(broken('EPROTO')), true);
    assert.equal(isUnreachable(broken('ERR_HTTP2_ERROR')), false);
    assert.equal(isHostGone(broken('ENOTFOUND')), true);
  });
});

describe('statuses', () => {
  const asked = { host: 'docker.io', repository: 'docker.io/library/alpinx', loggedIn: false };
  it('have a code, a sentence and a hint', () => {
    for (const [status, more, code, message] of [
      [404, {}, 'NotFound', 'not found in docker.io/library/alpinx'],
      [404, { what: 'blob sha256:x' }, 'DataLoss', 'docker.io has lost blob sha256:x of docker.io/library/alpinx'],
      [401, {}, 'NotFound', 'not found in docker.io/library/alpinx, or it needs a login'],
      [401, { loggedIn: true }, 'Unauthenticated', 'docker.io refused the login for docker.io/library/alpinx'],
      [401, { host: 'ghcr.io' }, 'Unauthenticated', 'ghcr.io asks for a login for docker.io/library/alpinx'],
      [403, {}, 'PermissionDenied', 'docker.io denies access to docker.io/library/alpinx'],
      [429, {}, 'Unavailable', 'docker.io was asked too often'],
      [502, {}, 'Unavailable', 'docker.io has trouble (HTTP 502)'],
      [401, { writes: true }, 'Unauthenticated', 'docker.io asks for a login for docker.io/library/alpinx'],
      [404, { writes: true }, 'NotFound', 'docker.io has no repository docker.io/library/alpinx'],
      [405, { writes: true }, 'Unsupported', 'docker.io takes no images'],
      [413, { writes: true, what: 'blob x' }, 'Unsupported', 'docker.io takes nothing as large as blob x'],
      [400, { writes: true }, 'DataLoss', 'docker.io refuses the manifest of docker.io/library/alpinx'],
      [418, {}, 'DataLoss', 'docker.io answered with HTTP 418'],
    ] as const) {
      const error = describeStatus(status, { ...asked, ...more });
      assert.deepEqual([error.code, error.message], [code, message]);
    }
    assert.match(describeStatus(429, asked, 12.2).message, /wants 13 s of quiet/);
  });
});
