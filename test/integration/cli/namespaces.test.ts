// Machines that give an ordinary user less: no user namespaces, no subordinate ids. Made with nested namespaces of the test's own.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { collect } from '../../support/world.ts';
import { forEachPerson } from './people.ts';

forEachPerson(
  'poor machine',
  (world) => {
    it('without user namespaces doctor names the fix, and run says why', async () => {
      // In a user namespace whose own limit is spent: uid 1000 there can't make another one.
      const script = `echo 1 > /proc/sys/user/max_user_namespaces; exec unshare --user --map-user=1000 --map-group=1000 sh -c '"$0" doctor; echo "status $?"; "$0" run --rm localhost/starter true; echo "status $?"; "$0" server stop' ${world().client}`;
      const result = await collect(
        world().start('unshare', ['--user', '--map-root-user', 'sh', '-c', script], { stdio: 'pipe' }),
      );
      assert.match(
        result.stdout,
        /\[missing\] User namespaces: the kernel refuses them[^\n]*\n +fix: /,
        JSON.stringify(result),
      );
      assert.deepEqual(
        [...result.stdout.matchAll(/^status (\d+)$/gm)].map(([, status]) => status),
        ['1', '125'],
      );
      assert.match(
        result.stderr,
        /^slipway: run localhost\/starter: this machine lets no user namespace be made[^\n]*\n {2}Run `slipway doctor`/m,
      );
    });

    it('with a single id everything belongs to root and works', async () => {
      // newuidmap is hidden by an empty folder over its own.
      const script = `mount -t tmpfs none /usr/bin/newuidmap 2>/dev/null || mount --bind /dev/null /usr/bin/newuidmap; exec unshare --user --map-user=1000 --map-group=1000 sh -c '"$0" version; "$0" run --rm localhost/starter id; "$0" run --rm -u nobody localhost/starter true; echo "status $?"; "$0" doctor; "$0" system reset --yes' ${world().client}`;
      const result = await collect(
        world().start('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', script], { stdio: 'pipe' }),
      );
      assert.match(result.stdout, /Mode: +rootless \(one id only/, JSON.stringify(result));
      assert.match(result.stdout, /\nuid=0\(root\) gid=0\(root\)/);
      assert.match(result.stdout, /status 125\n/);
      assert.match(
        result.stdout,
        /\[limited\] Subordinate user and group ids: one id only[^\n]*\n +fix: [^\n]*usermod/,
      );
    });
  },
  ['ordinary'],
);
