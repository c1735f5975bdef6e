// docker's --health-* options as a container's health check.

import type { HealthOptions } from '../../../../protocol/models.ts';
import { parseDuration } from '../../../base/duration.ts';
import { invalidArgument } from '../../../base/errors.ts';
import { compact } from '../../../base/validate.ts';
import type { OptionSpec, ParsedOptions } from '../options.ts';

const span = (long: string, help: string): OptionSpec => ({ long, kind: 'value', placeholder: 'DURATION', help });

export const HEALTH_OPTIONS: readonly OptionSpec[] = [
  { long: 'health-cmd', kind: 'value', placeholder: 'COMMAND', help: 'What to run in it to check its health' },
  span('health-interval', 'Time between two checks (default 30s)'),
  span('health-timeout', 'How long one may take (default 30s)'),
  span('health-start-period', 'How long failures do not count after its start (default 0s)'),
  span('health-start-interval', 'Time between two checks in the start period (default 5s)'),
  {
    long: 'health-retries',
    kind: 'value',
    placeholder: 'N',
    help: 'Failures in a row until it is unhealthy (default 3)',
  },
  { long: 'no-healthcheck', kind: 'flag', help: 'Do not run the image’s health check' },
];

/** Undefined: nothing was said. Throws InvalidArgument. */
export function healthOptions(options: ParsedOptions): HealthOptions | undefined {
  const command = options.value('health-cmd');
  const duration = (long: string): number | undefined => {
    const text = options.value(long);
    const nanoseconds = text === undefined ? undefined : parseDuration(text);
    if (text === undefined || nanoseconds !== undefined) return nanoseconds;
    throw invalidArgument(`invalid argument "${text}" for --${long}: no duration (1m30s, 500ms)`);
  };
  const asked = compact({
    test: command === undefined || command === '' ? undefined : ['CMD-SHELL', command],
    interval: duration('health-interval'),
    timeout: duration('health-timeout'),
    startPeriod: duration('health-start-period'),
    startInterval: duration('health-start-interval'),
    retries: retries(options.value('health-retries')),
  });
  const said = Object.keys(asked).length > 0;
  if (!options.flag('no-healthcheck')) return said ? asked : undefined;
  if (said) throw invalidArgument('--no-healthcheck conflicts with --health-* options');
  return { test: ['NONE'] };
}

function retries(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text))
    throw invalidArgument(`invalid argument "${text}" for --health-retries: a whole number, not negative`);
  return Number(text);
}
