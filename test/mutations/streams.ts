// What holds bounds and promises of a container's life and streams: log, attached clients, restarts, health.
import type { Mutation } from './mutation.ts';

const LOG = 'test/native/runtime/log.test.ts';
const RESTARTS = 'test/unit/containers/restarts.test.ts';

export const STREAMS: readonly Mutation[] = [
  {
    name: 'a log is bounded',
    file: 'native/src/shim/log.c',
    text: 'return log->size_max > 0 && size > 0',
    without: 'return log->size_max < 0 && size > 0',
    test: LOG,
    pattern: 'begins a new file',
  },
  {
    name: 'a log keeps its bound where there can be no new file',
    file: 'native/src/shim/log.c',
    text: 'if (!begin_file(log)) return;',
    without: '(void)begin_file(log);',
    test: LOG,
    pattern: 'by losing lines',
  },
  {
    name: 'a log’s reader reads a replaced file to its end',
    file: 'runtime-server/src/containers/logs.ts',
    text: 'const finished = this.files.length > 1 || isReplaced(this.path, file);',
    without: 'const finished = this.files.length > 1;',
    test: 'test/unit/containers/logs.test.ts',
    pattern: 'follows across files',
  },
  {
    name: 'an attached client’s buffer is bounded',
    file: 'native/src/shim/client.c',
    text: 'if (client->used >= CLIENT_FULL && !client->closing) return true;',
    without: 'if (client->used >= (size_t)CLIENT_FULL << 30 && !client->closing) return true;',
    test: 'test/native/runtime/attach.test.ts',
    pattern: 'slow client',
  },
  {
    name: 'a slow client does not hold the others up',
    file: 'native/src/shim/slow.c',
    text: 'if (is_full(client) && client->slow) client_refuse(',
    without: 'if (is_full(client) && client->closing) client_refuse(',
    test: 'test/native/runtime/attach.test.ts',
    pattern: 'leaves a client',
  },
  {
    name: 'restarts wait longer each time',
    file: 'runtime-server/src/containers/restart.ts',
    text: 'Math.min(2 * delay, LONGEST_DELAY)',
    without: 'Math.min(delay, LONGEST_DELAY)',
    test: RESTARTS,
    pattern: 'longer each time',
  },
  {
    name: 'a stop by hand wins over the restart policy',
    file: 'runtime-server/src/containers/restart.ts',
    text: 'if (ended.stopped === true || !wants(policy, ended)) return undefined;',
    without: 'if (!wants(policy, ended)) return undefined;',
    test: RESTARTS,
    pattern: 'stop and kill win',
  },
  {
    name: 'a health check that hangs is ended',
    file: 'runtime-server/src/containers/health-monitors.ts',
    text: '      late.abort();\n',
    without: '',
    test: 'test/unit/containers/health-monitors.test.ts',
    pattern: 'takes too long',
  },
];
