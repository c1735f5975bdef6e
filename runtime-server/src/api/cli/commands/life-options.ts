// The options of run and create about how a container ends and is started again. What they mean is containers/'s affair.

import type { CreateOptions } from '../../../../protocol/models.ts';
import { invalidArgument, type EngineError } from '../../../base/errors.ts';
import { optional, type OptionSpec, type ParsedOptions } from '../options.ts';
import { parsePairs } from '../quantities.ts';
import { HEALTH_OPTIONS, healthOptions } from './health-options.ts';
import { seconds } from './lifecycle.ts';

export const RESTART_OPTION: OptionSpec = {
  long: 'restart',
  kind: 'value',
  placeholder: 'POLICY',
  help: 'When to start it again by itself: no, on-failure[:N], always, unless-stopped',
};

export const LIFE_OPTIONS: readonly OptionSpec[] = [
  ...HEALTH_OPTIONS,
  { long: 'init', kind: 'flag', help: 'A small init as first process: forwards signals, reaps orphans' },
  { long: 'log-driver', kind: 'value', placeholder: 'DRIVER', help: 'How its output is kept: json-file, none' },
  { long: 'log-opt', kind: 'list', placeholder: 'NAME=VALUE', help: 'Of json-file: max-size=10m, max-file=3' },
  RESTART_OPTION,
  { long: 'stop-signal', kind: 'value', placeholder: 'SIGNAL', help: 'Signal that asks it to stop (default TERM)' },
  {
    long: 'stop-timeout',
    kind: 'value',
    placeholder: 'SECONDS',
    help: 'How long stop waits before killing it (default 10; -1: for ever)',
  },
];

/** Throws InvalidArgument for what is no number. */
export function lifeOptions(options: ParsedOptions): Partial<CreateOptions> {
  const timeout = options.value('stop-timeout');
  const health = healthOptions(options);
  return {
    ...(health === undefined ? {} : { health }),
    ...(options.flag('init') ? { init: true } : {}),
    ...logOptions(options),
    ...optional('restart', options.value('restart')),
    ...optional('stopSignal', options.value('stop-signal')),
    ...(timeout === undefined ? {} : { stopTimeout: seconds(timeout, '--stop-timeout') }),
  };
}

function logOptions(options: ParsedOptions): Pick<CreateOptions, 'log'> {
  const driver = optional('driver', options.value('log-driver'));
  const entries = options.list('log-opt');
  if (driver.driver === undefined && entries.length === 0) return {};
  const wrong = (entry: string): EngineError =>
    invalidArgument(`invalid logging opt format: "${entry}" is not NAME=VALUE`);
  return { log: { ...driver, options: parsePairs(entries, wrong) } };
}
