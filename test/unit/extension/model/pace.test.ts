import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_PACE, rateOf, sampled } from '../../../../extension/model/pace.ts';

describe('pace', () => {
  const at = (...samples: readonly (readonly [time: number, bytes: number])[]): number | undefined =>
    rateOf(samples.reduce((pace, [time, bytes]) => sampled(pace, time, bytes), NO_PACE));

  it('is not known before a second has gone by', () => {
    assert.equal(at(), undefined);
    assert.equal(at([0, 0], [900, 1e6]), undefined);
    assert.equal(at([0, 0], [1000, 1000]), 1000);
  });

  it('forgets what is long ago: a stall is seen', () => {
    assert.equal(at([0, 0], [1000, 1000], [2000, 1000], [7000, 1000]), 0);
  });

  it('keeps a bounded number of samples', () => {
    let pace = NO_PACE;
    for (let time = 0; time < 60_000; time += 10) pace = sampled(pace, time, time);
    assert.ok(pace.samples.length <= 22, String(pace.samples.length));
    assert.equal(rateOf(pace), 1000);
  });
});
