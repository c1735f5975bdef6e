import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  bestMatch,
  formatPlatform,
  hostPlatform,
  parsePlatform,
  runsOn,
} from '../../../runtime-server/src/oci/platform.ts';

const HOST = hostPlatform('x64');
const parse = (text: string) => parsePlatform(text, HOST);

describe('platforms', () => {
  it('are normalised', () => {
    for (const [typed, expected] of [
      ['linux/amd64', 'linux/amd64'],
      ['Linux/x86_64', 'linux/amd64'],
      ['arm64', 'linux/arm64'],
      ['aarch64', 'linux/arm64'],
      ['linux/arm64/v8', 'linux/arm64'],
      ['linux/arm', 'linux/arm/v7'],
      ['linux/arm/6', 'linux/arm/v6'],
      ['armhf', 'linux/arm/v7'],
      ['linux', 'linux/amd64'],
      ['windows', 'windows/amd64'],
      ['i686', 'linux/386'],
      ['constructor', 'linux/constructor'],
    ] as const) {
      assert.equal(formatPlatform(parse(typed)), expected, typed);
    }
  });

  it('refuse what is none', () => {
    for (const text of ['', '/', 'linux/', 'a/b/c/d', 'linux/am d64', '../x']) {
      assert.throws(() => parse(text), { code: 'InvalidArgument', message: /expected os\/architecture/ }, text);
    }
  });

  it("know the host's", () => {
    assert.equal(formatPlatform(hostPlatform('x64')), 'linux/amd64');
    assert.equal(formatPlatform(hostPlatform('arm')), 'linux/arm/v7');
    assert.equal(formatPlatform(hostPlatform('ppc64', 'LE')), 'linux/ppc64le');
    assert.equal(formatPlatform(hostPlatform('riscv64')), 'linux/riscv64');
  });

  const choose = (wanted: string, offers: readonly string[]): string | undefined =>
    offers[bestMatch(offers.map(parse), parse(wanted)) ?? -1];

  it('choose the best offer', () => {
    assert.equal(choose('arm64', ['linux/arm/v7', 'linux/arm64', 'linux/amd64']), 'linux/arm64');
    assert.equal(choose('linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6', 'linux/arm/v8']), 'linux/arm/v6');
    assert.equal(choose('linux/arm/v6', ['linux/arm/v7']), undefined);
    assert.equal(choose('linux/arm64/v8', ['linux/arm64/v9', 'linux/arm64']), 'linux/arm64');
    assert.equal(choose('linux/arm64/v9', ['linux/arm64']), 'linux/arm64');
    assert.equal(choose('arm64', ['linux/arm64/v9']), undefined);
    assert.equal(choose('amd64', ['linux/amd64/v3', 'linux/amd64']), 'linux/amd64');
    assert.equal(choose('linux/amd64/v3', ['linux/amd64', 'linux/amd64/v2']), 'linux/amd64/v2');
    assert.equal(choose('amd64', ['linux/386', 'linux/arm64']), 'linux/386');
    assert.equal(choose('arm64', ['linux/arm/v6', 'linux/arm/v7']), 'linux/arm/v7');
    assert.equal(choose('s390x', ['linux/amd64']), undefined);
    assert.equal(choose('windows/amd64', ['linux/amd64']), undefined);
    assert.equal(choose('linux/s390x', ['linux/s390x', 'linux/s390x']), 'linux/s390x');
  });

  it('say what runs', () => {
    assert.equal(runsOn(parse('linux/386'), HOST), true);
    assert.equal(runsOn(parse('linux/amd64/v3'), HOST), false);
  });
});
