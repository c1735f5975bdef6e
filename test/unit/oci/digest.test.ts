import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chainId } from '../../../runtime-server/src/oci/chain.ts';
import { digestOf, hexOf, isDigest, parseDigest, shortId } from '../../../runtime-server/src/oci/digest.ts';

describe('digests', () => {
  it('are parsed before they are used', () => {
    const digest = parseDigest(`sha256:${'0a'.repeat(32)}`);
    assert.equal(hexOf(digest), '0a'.repeat(32));
    assert.equal(shortId(digest), '0a0a0a0a0a0a');
    assert.equal(digestOf(''), 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('are refused by grammar and by algorithm', () => {
    for (const text of [
      '',
      'sha256:',
      'sha256:..',
      `sha256:${'A'.repeat(64)}`,
      `sha256:${'a'.repeat(63)}`,
      `SHA256:${'a'.repeat(64)}`,
      `sha256:${'a'.repeat(64)}\n`,
      'x'.repeat(300),
    ]) {
      assert.equal(isDigest(text), false);
      assert.throws(() => parseDigest(text), { code: 'InvalidArgument' }, text);
    }
    for (const text of [`sha512:${'a'.repeat(128)}`, 'sha256+b64:LCa0a2j_xo', 'multihash+base58:QmRZ']) {
      assert.throws(() => parseDigest(text), { code: 'Unsupported', message: /only sha256/ }, text);
    }
  });

  it('chain as the image-spec says', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((text) => digestOf(text)) as [
      ReturnType<typeof digestOf>,
      ReturnType<typeof digestOf>,
      ReturnType<typeof digestOf>,
    ];
    assert.equal(chainId([]), undefined);
    assert.equal(chainId([a]), a);
    assert.equal(chainId([a, b, c]), digestOf(`${digestOf(`${a} ${b}`)} ${c}`));
  });
});
