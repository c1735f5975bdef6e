import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineError } from '../../../../runtime-server/src/base/errors.ts';
import { parseOptions, type Grammar } from '../../../../runtime-server/src/api/cli/options.ts';

const grammar: Grammar = {
  options: [
    { long: 'interactive', short: 'i', kind: 'flag', help: '' },
    { long: 'tty', short: 't', kind: 'flag', help: '' },
    { long: 'env', short: 'e', kind: 'list', help: '' },
    { long: 'name', kind: 'value', help: '' },
  ],
  min: 1,
  commandFollows: true,
};

describe('parseOptions', () => {
  it('takes bundled flags and values in every form', () => {
    const parsed = parseOptions(grammar, ['-it', '-eA=1', '-e', 'B=2', '--env=C=3', '--name', 'x', 'alpine']);
    assert.ok(parsed.flag('interactive') && parsed.flag('tty'));
    assert.deepEqual(parsed.list('env'), ['A=1', 'B=2', 'C=3']);
    assert.equal(parsed.value('name'), 'x');
    assert.deepEqual(parsed.args, ['alpine']);
  });

  it('leaves everything after the image to the container', () => {
    const parsed = parseOptions(grammar, ['-i', 'alpine', 'ls', '-t', '--', '--help']);
    assert.deepEqual(parsed.args, ['alpine', 'ls', '-t', '--', '--help']);
    assert.ok(!parsed.flag('tty') && !parsed.help);
  });

  it('takes options after arguments where no command follows', () => {
    const parsed = parseOptions({ ...grammar, commandFollows: false }, ['a', '-t', 'b']);
    assert.ok(parsed.flag('tty'));
    assert.deepEqual(parsed.args, ['a', 'b']);
  });

  it('can switch a flag off', () => {
    assert.ok(!parseOptions(grammar, ['-t', '--tty=false', 'x']).flag('tty'));
    assert.ok(!parseOptions(grammar, ['-t=false', 'x']).flag('tty'));
  });

  it('says what is wrong in docker’s words', () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--nope', 'x'], /^unknown flag: --nope$/],
      [['-z', 'x'], /^unknown shorthand flag: 'z' in -z$/],
      [['--name'], /^flag needs an argument: --name$/],
      [['-e'], /^flag needs an argument: -e$/],
      [['--tty=maybe', 'x'], /invalid argument "maybe"/],
      [[], /^requires at least 1 argument$/],
    ];
    for (const [argv, expected] of cases)
      assert.throws(
        () => parseOptions(grammar, argv),
        (error) => error instanceof EngineError && expected.test(error.message),
        argv.join(' '),
      );
  });
});
