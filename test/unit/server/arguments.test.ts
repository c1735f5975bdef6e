import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  isNodeUsable,
  parseArguments,
  proxySettings,
  settingsPath,
} from '../../../runtime-server/src/server/arguments.ts';

const argv = [
  '--run',
  '/r',
  '--data',
  '/d',
  '--bin',
  '/b',
  '--client',
  '/c',
  '--mode',
  'rootless',
  '--ready-fd',
  '3',
  '--lock-fd',
  '4',
];

describe('server arguments', () => {
  it('take the engine’s cgroup, or why there is none', () => {
    const { cgroup, cgroupReason } = parseArguments([...argv, '--cgroup', '/a', '--cgroup-reason', '']);
    assert.deepEqual([cgroup, cgroupReason], ['/a', '']);
    assert.equal(parseArguments([...argv, '--cgroup-reason', 'it is v1']).cgroupReason, 'it is v1');
  });

  it('are all needed but the reason', () => {
    assert.deepEqual(parseArguments(argv), {
      runtimeDirectory: '/r',
      dataDirectory: '/d',
      binDirectory: '/b',
      client: '/c',
      mode: 'rootless',
      modeReason: '',
      cgroupReason: '',
      readyFd: 3,
      lockFd: 4,
    });
    for (let index = 0; index < argv.length; index += 2)
      assert.throws(() => parseArguments(argv.toSpliced(index, 2)), /is missing/);
    assert.throws(() => parseArguments(argv.with(9, 'sideways')), /unknown mode/);
  });

  it('settings lie where XDG says, for root in /etc, or where the person says', () => {
    assert.equal(settingsPath({ HOME: '/home/me' }, 'rootless'), '/home/me/.config/slipway/daemon.json');
    assert.equal(settingsPath({ HOME: '/home/me', XDG_CONFIG_HOME: '/x' }, 'rootless'), '/x/slipway/daemon.json');
    assert.equal(
      settingsPath({ HOME: '/home/me', XDG_CONFIG_HOME: 'relative' }, 'rootless'),
      '/home/me/.config/slipway/daemon.json',
    );
    assert.equal(settingsPath({ HOME: '/root' }, 'root'), '/etc/slipway/daemon.json');
    assert.equal(settingsPath({ SLIPWAY_CONFIG: '/s' }, 'root'), '/s');
  });

  it('proxies come from the environment, lower case first, empty ones not at all', () => {
    assert.deepEqual(proxySettings({ HTTP_PROXY: 'a', http_proxy: 'b', HTTPS_PROXY: 'c', NO_PROXY: '' }), {
      httpProxy: 'b',
      httpsProxy: 'c',
    });
  });

  it('knows a Node that is too old', () => {
    for (const version of ['22.19.0', '22.20.1', '24.0.0', '26.1.0']) assert.ok(isNodeUsable(version), version);
    for (const version of ['20.20.2', '22.18.9', '18.0.0']) assert.ok(!isNodeUsable(version), version);
  });
});
