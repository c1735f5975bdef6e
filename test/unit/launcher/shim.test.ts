import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineError } from '../../../runtime-server/src/base/errors.ts';
import { parseReadyLine } from '../../../runtime-server/src/launcher/shim.ts';

function failure(line: string): EngineError {
  try {
    parseReadyLine(line, 'start container x');
  } catch (error) {
    assert.ok(error instanceof EngineError);
    return error;
  }
  throw new Error('no failure');
}

describe('parseReadyLine', () => {
  it('reads a started process', () => {
    assert.deepEqual(parseReadyLine('{"status":"started","pid":7,"startTime":99}\n', 'x'), { pid: 7, startTime: 99 });
  });

  it('keeps 127 and 126 apart and names the command', () => {
    const missing = failure('{"status":"error","code":127,"step":"exec","path":"/bin/nope","errno":2,"message":"x"}');
    assert.equal(missing.detail?.['exitCode'], 127);
    assert.match(missing.message, /exec \/bin\/nope: no such command/);
    const denied = failure('{"status":"error","code":126,"step":"exec","path":"/etc","errno":13,"message":"x"}');
    assert.equal(denied.detail?.['exitCode'], 126);
    assert.ok(denied.hint !== undefined);
  });

  it('tells a full disk from other failures', () => {
    assert.equal(
      failure('{"status":"error","code":125,"step":"mount","path":"/","errno":28,"message":"x"}').code,
      'NoSpace',
    );
  });

  it('takes silence, half a line and nonsense for a dead shim', () => {
    for (const line of ['', '{"status":"star', 'null', '[]', '{"status":"started","pid":"7"}']) {
      assert.equal(failure(line).detail?.['exitCode'], 125, line);
    }
  });
});
