import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { schedule } from '../../../runtime-server/src/base/schedule.ts';
import { readLog, type LogOptions } from '../../../runtime-server/src/containers/logs.ts';

const directory = mkdtempSync(join(tmpdir(), 'slipway-logs-'));
after(() => {
  rmSync(directory, { recursive: true });
});

const line = (text: string): string =>
  `${JSON.stringify({ log: `${text}\n`, stream: 'stdout', time: '2026-01-01T00:00:00.000000001Z' })}\n`;
const path = (name: string): string => join(directory, name);
type Asked = Pick<LogOptions, 'path'> & Partial<LogOptions>;

function read(options: Asked): ReturnType<typeof readLog> {
  const signal = new AbortController().signal;
  return readLog({ files: 1, signal, now: () => new Date(), schedule, ...options });
}

async function texts(options: Asked): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of read(options)) found.push(entry.log.trimEnd());
  return found;
}

/** What the shim does when the log is full. */
function rotate(name: string, files: number): void {
  writeFileSync(path(`${name}.new`), '');
  for (let index = files - 1; index > 0; index--) {
    const from = path(index > 1 ? `${name}.${index - 1}` : name);
    if (readdirSync(directory).includes(from.slice(directory.length + 1))) renameSync(from, path(`${name}.${index}`));
  }
  renameSync(path(`${name}.new`), path(name));
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
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const found: string[] = [];
    for await (const entry of read({ path: path('follow'), end: ended })) {
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
    for await (const entry of read({
      path: path('abort'),
      end: new Promise(() => undefined),
      signal: controller.signal,
    })) {
      assert.equal(entry.log, 'x\n');
      controller.abort();
    }
  });

  it('reads all files, the oldest first, and the tail across them', async () => {
    const many = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    for (const [index, text] of many.entries()) {
      if (index % 10 === 0) rotate('files', 3);
      appendFileSync(path('files'), line(text));
    }
    assert.deepEqual(await texts({ path: path('files'), files: 3 }), many);
    for (const tail of [0, 1, 10, 11, 25, 30, 40])
      assert.deepEqual(await texts({ path: path('files'), files: 3, tail }), tail === 0 ? [] : many.slice(-tail));
    // One that a shim was killed over: the newest file is not there yet.
    renameSync(path('files'), path('files.kept'));
    assert.deepEqual(await texts({ path: path('files'), files: 3 }), many.slice(0, 20));
  });

  it('follows across files, however many there are meanwhile; nothing is lost, nothing comes twice', async () => {
    writeFileSync(path('turns'), line('0'));
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const found: string[] = [];
    let next = 1;
    for await (const entry of read({ path: path('turns'), files: 4, end: ended })) {
      found.push(entry.log.trimEnd());
      if (found.length % 3 !== 1 || next > 200) continue;
      for (let turn = 0; turn < 3; turn++) {
        appendFileSync(path('turns'), line(String(next++)));
        rotate('turns', 4);
      }
      if (next > 200) end();
    }
    assert.deepEqual(
      found,
      Array.from({ length: next }, (_, index) => String(index)),
    );
  });

  it('begins to follow before there is a log', async () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const reading = texts({ path: path('unborn'), end: ended });
    setImmediate(() => {
      writeFileSync(path('unborn'), line('first'));
      end();
    });
    assert.deepEqual(await reading, ['first']);
  });

  const at = (second: number): string =>
    line(`at ${second}`).replace('00:00:00.000000001Z', `00:00:${String(second).padStart(2, '0')}.000000001Z`);
  const moment = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

  it('reads a span of time', async () => {
    writeFileSync(path('span'), [1, 2, 3, 4].map(at).join(''));
    assert.deepEqual(await texts({ path: path('span'), since: moment(3) }), ['at 3', 'at 4']);
    assert.deepEqual(await texts({ path: path('span'), until: moment(3) }), ['at 1', 'at 2', 'at 3']);
    assert.deepEqual(await texts({ path: path('span'), since: moment(2), until: moment(2) }), ['at 2']);
    assert.deepEqual(await texts({ path: path('span'), tail: 2, since: moment(2) }), ['at 3', 'at 4']);
  });

  it('follows up to a moment: until it comes, or a line after it', async () => {
    writeFileSync(path('moment'), at(1));
    const waits: number[] = [];
    const reading = texts({
      path: path('moment'),
      end: new Promise(() => undefined),
      until: moment(5),
      now: () => moment(2),
      schedule: (milliseconds, work) => {
        waits.push(milliseconds);
        setImmediate(work);
        return () => undefined;
      },
    });
    assert.deepEqual(await reading, ['at 1']);
    assert.deepEqual(waits, [3000]);
    writeFileSync(path('moment'), `${at(1)}${at(9)}${at(2)}`);
    const never = { end: new Promise(() => undefined), until: moment(5), now: () => moment(2) };
    assert.deepEqual(await texts({ path: path('moment'), ...never }), ['at 1']);
  });
});
