// doctor, server, system reset: what concerns the machine or the server.

import type { DoctorCheck } from '../../../../protocol/models.ts';
import { invalidArgument } from '../../../base/errors.ts';
import type { Command } from '../session.ts';

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'List what this machine can and can’t do, with the fix for each',
  usage: '',
  options: [],
  min: 0,
  max: 0,
  run: async ({ engine, session }) => {
    const checks = await engine.doctor();
    await session.out(checks.map(doctorText).join(''));
    return checks.some((check) => check.status === 'missing') ? 1 : 0;
  },
};

export const serverCommand: Command = {
  name: 'server',
  summary: 'Start or stop the runtime server (containers go on without it)',
  usage: 'start|stop',
  options: [],
  min: 1,
  max: 1,
  run: async ({ session, server }, options) => {
    switch (options.args[0]) {
      case 'start':
        return 0;
      case 'stop':
        server.stop();
        return 0;
      default:
        await session.err(`slipway: server ${options.args[0] ?? ''}: start or stop\n`);
        return 1;
    }
  },
};

export const systemResetCommand: Command = {
  name: 'system reset',
  summary: 'Remove everything: containers, images, all of Slipway’s files',
  usage: '--yes',
  options: [{ long: 'yes', short: 'y', kind: 'flag', help: 'Do it' }],
  min: 0,
  max: 0,
  run: async ({ engine, session, server }, options) => {
    const { dataDirectory } = engine.version();
    if (!options.flag('yes')) {
      const count = engine.containers.list().length;
      const images = (await engine.images.list()).length;
      throw invalidArgument(
        `reset: this would remove ${count} containers, ${images} images and everything else in ${dataDirectory}`,
        { hint: 'Add --yes to do it.' },
      );
    }
    await engine.reset();
    server.stop();
    await session.out(`Removed everything in ${dataDirectory}\n`);
    return 0;
  },
};

const MARKS: Readonly<Record<DoctorCheck['status'], string>> = {
  ok: '[ok]     ',
  limited: '[limited]',
  missing: '[missing]',
};

function doctorText(check: DoctorCheck): string {
  const fix = check.fix === undefined ? '' : `            fix: ${check.fix}\n`;
  return `${MARKS[check.status]} ${check.title}: ${check.detail}\n${fix}`;
}
