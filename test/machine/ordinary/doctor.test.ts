// What `doctor` says on a stock Debian to an ordinary user who has just logged in: nothing is missing.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ok } from '../slipway.ts';

describe('doctor on a fresh Debian', () => {
  let lines: string[] = [];
  before(async () => {
    lines = (await ok('doctor')).split('\n');
  });
  after(() => ok('system', 'reset', '--yes'));

  for (const [title, detail] of [
    ['User namespaces', /the server runs in one/],
    ['Subordinate user and group ids', /65537 ids mapped/],
    ['Kernel', /^\d/],
    ['overlayfs', /./],
    ['/dev/net/tun (networks of ordinary users)', /./],
    ['Native programs', /./],
    ['Storage', /free in/],
  ] as const) {
    it(title, () => {
      const line = lines.find((text) => text.includes(` ${title}: `)) ?? '';
      assert.match(line, /^\[ok\]/, lines.join('\n'));
      assert.match(line.slice(line.indexOf(`${title}: `) + title.length + 2), detail);
    });
  }

  it('names the controllers that Debian delegates, and those that it does not with the fix', () => {
    const at = lines.findIndex((text) => text.includes('Control groups'));
    assert.match(lines[at] ?? '', /^\[limited\].*has cpu memory pids; limits that need cpuset, io are refused/);
    assert.match(lines[at + 1] ?? '', /fix: .*Delegate=cpu cpuset io memory pids/);
  });
});
