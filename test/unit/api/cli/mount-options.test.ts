import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseMount } from '../../../../runtime-server/src/api/cli/commands/mount-options.ts';

const parse = (text: string): unknown => parseMount(text, '/home/me');

describe('--mount', () => {
  it('takes docker’s keys and their second names', () => {
    assert.deepEqual(parse('type=bind,src=./x,dst=/x,ro,bind-propagation=rslave,bind-recursive=writable'), {
      ...{
        type: 'bind',
        source: '/home/me/x',
        target: '/x',
        readOnly: true,
        propagation: 'rslave',
        recursive: 'writable',
      },
    });
    assert.deepEqual(parse('source=data,destination=/x,volume-nocopy,volume-label=a=b,volume-label=c,readonly=false'), {
      ...{ type: 'volume', source: 'data', target: '/x', noCopy: true, readOnly: false, labels: { a: 'b', c: '' } },
    });
    assert.deepEqual(parse('type=volume,target=/x,"volume-opt=o=size=1m,uid=7",volume-opt=type=tmpfs'), {
      ...{ type: 'volume', target: '/x', driverOptions: { o: 'size=1m,uid=7', type: 'tmpfs' } },
    });
    assert.deepEqual(parse('type=tmpfs,target=/x,tmpfs-size=1m,tmpfs-mode=1770'), {
      ...{ type: 'tmpfs', target: '/x', tmpfsSize: 1 << 20, tmpfsMode: 0o1770 },
    });
    assert.deepEqual(parse('type=bind,src=.,dst=/x,bind-nonrecursive'), {
      ...{ type: 'bind', source: '/home/me', target: '/x', recursive: 'disabled' },
    });
  });

  it('is refused in docker’s words', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['type=bind,src', /invalid field 'src' must be a key=value pair/],
      ['type=bind,sorce=x,dst=/x', /unexpected key 'sorce' in 'sorce=x'/],
      ['type=volume', /target is required/],
      ['type=cluster,dst=/x', /invalid value for type: cluster/],
      ['dst=/x,ro=maybe', /invalid value for ro: maybe/],
      ['type=tmpfs,dst=/x,tmpfs-mode=9', /invalid value for tmpfs-mode: 9/],
      ['type=tmpfs,dst=/x,tmpfs-size=x', /invalid value for tmpfs-size: x/],
      ['type=bind,src=/a,dst=/x,volume-nocopy', /cannot mix 'volume-\*' options with mount type 'bind'/],
      ['dst=/x,bind-propagation=shared', /cannot mix 'bind-\*' options with mount type 'volume'/],
      ['type=bind,src=/a,dst=/x,bind-recursive=readonly', /requires 'readonly' to be specified in conjunction/],
      ['dst=/a"b', /bare " in non-quoted field/],
      ['dst=/x,constructor=1', /unexpected key 'constructor'/],
    ];
    for (const [text, reason] of cases) assert.throws(() => parse(text), reason, text);
    assert.throws(() => parse('type=volume'), /invalid argument "type=volume" for "--mount" flag: /);
  });
});
