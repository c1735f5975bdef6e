import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { root } from '../../../runtime-server/src/base/validate.ts';
import {
  DEFAULT_LOG,
  logFiles,
  readLogSettings,
  resolveLog,
} from '../../../runtime-server/src/containers/log-config.ts';

const json = (options: Readonly<Record<string, string>>): ReturnType<typeof logFiles> =>
  logFiles({ driver: 'json-file', options });

describe('log config', () => {
  it('says how many files there are and how large', () => {
    assert.deepEqual(json({}), { count: 1 });
    assert.deepEqual(json({ 'max-size': '10m', 'max-file': '3' }), { size: 10_000_000, count: 3 });
    assert.deepEqual(json({ 'max-size': '1.5k' }), { size: 1500, count: 1 });
    assert.deepEqual(json({ 'max-size': '-1' }), { count: 1 });
    assert.equal(logFiles({ driver: 'none', options: {} }), undefined);
  });

  it('refuses what there is not', () => {
    assert.throws(() => logFiles({ driver: 'syslog', options: {} }), /no log driver of that name is registered/);
    assert.throws(() => json({ compress: 'true' }), /unknown log opt 'compress' for json-file log driver/);
    for (const size of ['x', '0', '-5m', '1e9', '9'.repeat(30)])
      assert.throws(() => json({ 'max-size': size }), /invalid log opt max-size: invalid size/, size);
    for (const count of ['0', '-1', 'x', '101', ''])
      assert.throws(() => json({ 'max-size': '1m', 'max-file': count }), /invalid log opt max-file/, count);
    assert.throws(() => json({ 'max-file': '2' }), /it needs max-size/);
  });

  it('takes what is not asked for from the settings, for the same driver only', () => {
    const defaults = readLogSettings(root({ 'log-opts': { 'max-size': '1m', 'max-file': '2' } }));
    assert.deepEqual(resolveLog({}, defaults).options, { 'max-size': '1m', 'max-file': '2' });
    assert.deepEqual(resolveLog({ options: { 'max-file': '5' } }, defaults).options, {
      ...{ 'max-size': '1m', 'max-file': '5' },
    });
    assert.deepEqual(resolveLog({ driver: 'none' }, defaults), { driver: 'none', options: {} });
    const quiet = readLogSettings(root({ 'log-driver': 'none' }));
    assert.equal(resolveLog({}, quiet).driver, 'none');
    assert.deepEqual(resolveLog({ driver: 'json-file' }, quiet), DEFAULT_LOG);
  });

  it('reads the settings strictly', () => {
    assert.deepEqual(readLogSettings(root({})), DEFAULT_LOG);
    assert.throws(() => readLogSettings(root({ 'log-driver': 'journald' })), /registered/);
    assert.throws(() => readLogSettings(root({ 'log-opts': { 'max-size': 5 } })), /expected a string/);
    assert.throws(() => readLogSettings(root({ 'log-opts': [] })), /expected an object/);
  });
});
