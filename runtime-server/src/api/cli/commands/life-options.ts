// The options of run and create about how a container ends and is started again. What they mean is containers/'s affair.

import type { CreateOptions } from '../../../../protocol/models.ts';
import { optional, type OptionSpec, type ParsedOptions } from '../options.ts';
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
    ...optional('restart', options.value('restart')),
    ...optional('stopSignal', options.value('stop-signal')),
    ...(timeout === undefined ? {} : { stopTimeout: seconds(timeout, '--stop-timeout') }),
  };
}
