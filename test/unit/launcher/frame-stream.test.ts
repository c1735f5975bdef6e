import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineError } from '../../../runtime-server/src/base/errors.ts';
import { encodeFrame, FrameDecoder } from '../../../runtime-server/src/launcher/frame-stream.ts';

describe('frames', () => {
  it('have Docker’s header', () => {
    assert.deepEqual([...encodeFrame(1, 'hi')], [1, 0, 0, 0, 0, 0, 0, 2, 104, 105]);
  });

  it('survive any cut', () => {
    const bytes = Buffer.concat([encodeFrame(1, 'one'), encodeFrame(2), encodeFrame(0x12, Buffer.from([0, 0, 0, 7]))]);
    for (let step = 1; step <= bytes.length; step++) {
      const decoder = new FrameDecoder();
      const frames = [];
      for (let offset = 0; offset < bytes.length; offset += step)
        frames.push(...decoder.push(bytes.subarray(offset, offset + step)));
      assert.deepEqual(
        frames.map(({ type, payload }) => [type, payload.toString('hex')]),
        [
          [1, '6f6e65'],
          [2, ''],
          [0x12, '00000007'],
        ],
      );
    }
  });

  it('refuse a length no peer of ours sends', () => {
    assert.throws(() => new FrameDecoder().push(Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])), EngineError);
  });
});
