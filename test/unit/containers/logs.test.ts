import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readLog, type LogOptions } from '../../../runtime-server/src/containers/logs.ts';

const directory = mkdtempSync(join(tmpdir(), 'slipway-logs-'));
after(() => {
  rmSync(directory, { recursive: true });
});

const line = (text: string): string =>
  `${JSON.stringify({ log: `${text}\n`, stream: 'stdout', time: '2026-01-01T00:00:00.000000001Z' })}\n`;
const path = (name: string): string => join(directory, name);
const never = (): AbortSignal => new AbortController().signal;

async function texts(options: Omit<LogOptions, 'signal'>): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of readLog({ ...options, signal: never() })) found.push(entry.log.trimEnd());
  return found;
}

describe('readLog', () => {
  it('has nothing for a container that never ran', async () => {
    assert.deepEqual(await texts({ path: path('absent') }), []);
  });

  it('reads all, across pieces, and skips what a crash left', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => `line ${index} é`);
    writeFileSync(path('all'), `${many.map(line).join('')}not json\n${line('last')}{"log":"half`);
    assert.deepEqual(await texts({ path: path('all') }), [...many, 'last']);
  });

  it('reads the tail', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => `line ${index}`);
    writeFileSync(path('tail'), many.map(line).join(''));
    for (const tail of [0, 1, 3, 4999, 5000, 9000])
      assert.deepEqual(await texts({ path: path('tail'), tail }), tail === 0 ? [] : many.slice(-tail), String(tail));
  });

  it('follows until the end and loses nothing written just before it', async () => {
    writeFileSync(path('follow'), line('before'));
    const { promise: until, resolve: end } = Promise.withResolvers<void>();
    const found: string[] = [];
    for await (const entry of readLog({ path: path('follow'), until, signal: never() })) {
      found.push(entry.log.trimEnd());
      if (found.length === 1) appendFileSync(path('follow'), line('while'));
      if (found.length === 2) {
        appendFileSync(path('follow'), line('last words'));
        end();
      }
    }
    assert.deepEqual(found, ['before', 'while', 'last words']);
  });

  it('stops following when nobody listens any more', async () => {
    writeFileSync(path('abort'), line('x'));
    const controller = new AbortController();
    for await (const entry of readLog({
      path: path('abort'),
      until: new Promise(() => undefined),
      signal: controller.signal,
    })) {
      assert.equal(entry.log, 'x\n');
      controller.abort();
    }
  });
});
