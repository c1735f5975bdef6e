import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPace } from '../../../../runtime-server/src/api/cli/pace.ts';
import { createPullPrinter } from '../../../../runtime-server/src/api/cli/transfer-progress.ts';

const MB = 1_000_000;

describe('the pace of a transfer', () => {
  it('is told from a second on, with the time left, and no more at the end', () => {
    const pace = createPace();
    assert.equal(pace.text(0, 100 * MB, 0), '');
    assert.equal(pace.text(5 * MB, 100 * MB, 900), '');
    assert.equal(pace.text(10 * MB, 100 * MB, 1000), ' 10MB/s 9s');
    assert.equal(pace.text(20 * MB, undefined, 2000), ' 10MB/s');
    assert.equal(pace.text(100 * MB, 100 * MB, 3000), '');
  });

  it('is that of the last seconds: a stall ends it, and a new beginning counts anew', () => {
    const pace = createPace();
    pace.text(0, 1000 * MB, 0);
    for (let second = 1; second <= 20; second++) pace.text(10 * MB * second, 1000 * MB, second * 1000);
    for (let second = 21; second <= 40; second++) pace.text(200 * MB + second, 1000 * MB, second * 1000);
    assert.match(pace.text(200 * MB + 41, 1000 * MB, 41_000), /^ 1B\/s \d+h\d+m$/);
    assert.equal(pace.text(0, 1000 * MB, 42_000), '', 'the layer is fetched again');
    assert.equal(pace.text(MB, 125 * MB, 43_000), ' 1MB/s 2m4s');
  });

  it('stands behind a layer’s bar on a terminal, and fits into 80 columns', () => {
    for (const [columns, line] of [
      [120, /0123456789ab: Downloading \[=======> {23}\] 120MB\/481MB 60.2MB\/s 6s/],
      [80, /0123456789ab: Downloading \[===> {9}\] 120MB\/481MB 60.2MB\/s 6s/],
    ] as const) {
      let now = 0;
      const printer = createPullPrinter(columns, () => now);
      const at = (current: number): string =>
        printer.text({ kind: 'layer', id: '0123456789ab', status: 'downloading', current, total: 480.9 * MB });
      at(0);
      now = 2000;
      assert.match(at(120.4 * MB), line);
    }
  });
});
