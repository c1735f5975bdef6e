import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NamingOptions } from '../../../runtime-server/protocol/models.ts';
import { root } from '../../../runtime-server/src/base/validate.ts';
import { exposedPorts, hostsText, readNaming, resolvText } from '../../../runtime-server/src/containers/naming.ts';

const read = (naming: NamingOptions): NamingOptions => readNaming(root(naming));

describe('naming', () => {
  it('keeps what was asked for, and nothing else', () => {
    assert.deepEqual(read({}), {});
    assert.deepEqual(readNaming(root({ dns: [], other: 1 })), {});
    assert.deepEqual(read({ extraHosts: ['a:1.2.3.4', 'b=::1', 'c:[::2]'] }).extraHosts, [
      'a:1.2.3.4',
      'b:::1',
      'c:::2',
    ]);
  });

  it('refuses what makes no sense, and what would make a line of its own', () => {
    for (const host of ['a', 'a:', ':1.2.3.4', 'a:b', 'a b:1.2.3.4', 'a:1.2.3.4\n9.9.9.9', '#:1.2.3.4'])
      assert.throws(() => read({ extraHosts: [host] }), /add-host/, host);
    assert.throws(() => read({ extraHosts: ['a:host-gateway'] }), { code: 'Unsupported' });
    for (const dns of ['', '1.2.3', '1.2.3.4\nsearch x', 'one'])
      assert.throws(() => read({ dns: [dns] }), /correctly formatted/);
    for (const dnsSearch of ['', 'a b', 'a\nb', `${'a'.repeat(64)}.b`])
      assert.throws(() => read({ dnsSearch: [dnsSearch] }), /not a valid domain/, dnsSearch);
    for (const option of ['', 'a b', 'a\nb'])
      assert.throws(() => read({ dnsOptions: [option] }), /no option of resolv/);
    for (const port of ['', '0', '65536', '9-8', '80/icmp', 'http', '1-'])
      assert.throws(() => read({ expose: [port] }), /invalid range format for --expose/, port);
    assert.throws(() => readNaming(root({ dns: 'x' })), /expected a list/);
  });

  it('makes the files of /etc', () => {
    assert.equal(
      hostsText('box.lan box', { extraHosts: ['db:10.0.0.1', 'six:::1'] }),
      '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\tbox.lan box\n10.0.0.1\tdb\n::1\tsix\n',
    );
    assert.match(resolvText({}), /^# This container has no network/);
    assert.equal(resolvText({ dns: ['1.1.1.1'], dnsSearch: ['.'] }), 'nameserver 1.1.1.1\n');
    assert.equal(
      resolvText({ dnsSearch: ['a', 'b.c'], dnsOptions: ['rotate', 'ndots:1'] }),
      'search a b.c\noptions rotate ndots:1\n',
    );
  });

  it('names ports as docker does', () => {
    assert.deepEqual(exposedPorts({ expose: ['80', '53/UDP', '8000-8001'] }), {
      ...{ '80/tcp': {}, '53/udp': {}, '8000/tcp': {}, '8001/tcp': {} },
    });
  });
});
