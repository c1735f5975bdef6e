// Docker's `--change`, instruction by instruction: what its own parser makes of each form.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyConfigChanges, type ConfigObject } from '../../../runtime-server/src/oci/config-changes.ts';

const changed = (changes: string | readonly string[], config: ConfigObject = {}): ConfigObject =>
  applyConfigChanges(config, [changes].flat());

/** Change, config before, members after. */
const CASES: readonly (readonly [string, ConfigObject, ConfigObject])[] = [
  ['CMD ["a", "b c"]', {}, { Cmd: ['a', 'b c'] }],
  ['cmd echo  "$HOME" x', {}, { Cmd: ['/bin/sh', '-c', 'echo  "$HOME" x'] }],
  ['CMD ["not json', {}, { Cmd: ['/bin/sh', '-c', '["not json'] }],
  ['CMD []', {}, { Cmd: [] }],
  ['CMD x', { Shell: ['/bin/bash', '-ec'] }, { Cmd: ['/bin/bash', '-ec', 'x'] }],
  ['ENTRYPOINT ["/e"]', { Cmd: ['old'] }, { Entrypoint: ['/e'], Cmd: null }],
  ['CMD ["new"]\nENTRYPOINT ["/e"]', { Cmd: ['old'] }, { Entrypoint: ['/e'], Cmd: ['new'] }],
  ['ENV A=1 B="two words" C=\\ x', {}, { Env: ['A=1', 'B=two words', 'C= x'] }],
  ['ENV A one two', { Env: ['A=0', 'Z=9'] }, { Env: ['A=one two', 'Z=9'] }],
  ["ENV PATH=$PATH:/x Q='$PATH'", { Env: ['PATH=/bin'] }, { Env: ['PATH=/bin:/x', 'Q=$PATH'] }],
  ['ENV A=${NO:-x}${B:+y}${C}$', { Env: ['B=b'] }, { Env: ['B=b', 'A=xy$'] }],
  [
    'EXPOSE 80 53/udp 9000-9001',
    { ExposedPorts: { '1/tcp': {} } },
    { ExposedPorts: { '1/tcp': {}, '80/tcp': {}, '53/udp': {}, '9000/tcp': {}, '9001/tcp': {} } },
  ],
  ['LABEL a=b "c d"="e \\"f\\""', { Labels: { a: 'x', z: 'y' } }, { Labels: { a: 'b', z: 'y', 'c d': 'e "f"' } }],
  ['LABEL key some value', {}, { Labels: { key: 'some value' } }],
  ['ONBUILD RUN make', { OnBuild: ['USER x'] }, { OnBuild: ['USER x', 'RUN make'] }],
  ['STOPSIGNAL SIGQUIT', {}, { StopSignal: 'SIGQUIT' }],
  ['USER app:app', {}, { User: 'app:app' }],
  ['VOLUME /a "/b c"', {}, { Volumes: { '/a': {}, '/b c': {} } }],
  ['VOLUME ["/a b"]', { Volumes: { '/z': {} } }, { Volumes: { '/z': {}, '/a b': {} } }],
  ['WORKDIR /srv', { WorkingDir: '/old' }, { WorkingDir: '/srv' }],
  ['WORKDIR app/../web', { WorkingDir: '/srv' }, { WorkingDir: '/srv/web' }],
  ['HEALTHCHECK NONE', {}, { Healthcheck: { Test: ['NONE'] } }],
  [
    'HEALTHCHECK --interval=1m30s --timeout=500ms --retries=3 CMD curl -f x',
    {},
    { Healthcheck: { Test: ['CMD-SHELL', 'curl -f x'], Interval: 90e9, Timeout: 5e8, Retries: 3 } },
  ],
  ['HEALTHCHECK --start-period=0 CMD ["t"]', {}, { Healthcheck: { Test: ['CMD', 't'], StartPeriod: 0 } }],
  ['# a comment\n\nUSER \\\n  me', {}, { User: 'me' }],
];

/** Change, what the error says. */
const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['RUN make', /"RUN" is not a valid change command/],
  ['__proto__ x', /"__PROTO__" is not a valid change command/],
  ['CMD', /CMD requires at least one argument/],
  ['CMD ["a", 1]', /arrays must be comprised of strings only/],
  ['ENV A', /ENV must have two arguments/],
  ['ENV A=1 B', /can't find = in "B"/],
  ['ENV =1', /ENV names can not be blank/],
  ['ENV A="open', /looking for matching double-quote/],
  ["ENV A='open", /looking for matching single-quote/],
  ['ENV A=${open', /looking for matching }/],
  ['ENV A=${B?x}', /unsupported modifier/],
  ['EXPOSE 0', /invalid containerPort: "0"/],
  ['EXPOSE 70000', /invalid containerPort/],
  ['EXPOSE 9-8', /invalid containerPort/],
  ['EXPOSE http', /invalid containerPort: "http"/],
  ['VOLUME [""]', /VOLUME specified can not be an empty string/],
  ['STOPSIGNAL SIGNONE', /unknown signal/],
  ['ONBUILD ONBUILD RUN x', /Chaining ONBUILD/],
  ['ONBUILD FROM x', /FROM isn't allowed as an ONBUILD trigger/],
  ['HEALTHCHECK CMD', /Missing command after HEALTHCHECK CMD/],
  ['HEALTHCHECK NONE x', /NONE takes no arguments/],
  ['HEALTHCHECK TRY x', /Unknown type "TRY"/],
  ['HEALTHCHECK --interval=1us CMD x', /cannot be less than 1ms/],
  ['HEALTHCHECK --interval=soon CMD x', /invalid duration: "soon"/],
  ['HEALTHCHECK --retries=-1 CMD x', /--retries/],
  ['HEALTHCHECK --every=1s CMD x', /unknown flag/],
];

describe('config changes', () => {
  for (const [change, before, after] of CASES)
    it(change.replaceAll('\n', ' ⏎ '), () => {
      assert.deepEqual(changed(change, before), { ...before, ...after });
    });

  for (const [change, reason] of REFUSED)
    it(`refuses ${change}`, () => {
      assert.throws(() => changed(change), { code: 'InvalidArgument', message: reason });
    });

  it('several changes see what the former ones did, and unknown members stay', () => {
    const before = { Env: ['A=1'], ArgsEscaped: true };
    assert.deepEqual(changed(['ENV B=$A', 'WORKDIR /w', 'WORKDIR $B', 'CMD ["x"]', 'ENTRYPOINT y'], before), {
      Env: ['A=1', 'B=1'],
      ArgsEscaped: true,
      WorkingDir: '/w/1',
      Cmd: ['x'],
      Entrypoint: ['/bin/sh', '-c', 'y'],
    });
  });

  it('ends on a line made to be slow', () => {
    const started = performance.now();
    for (const rest of ['"'.repeat(50_000), '\\'.repeat(50_001), '$'.repeat(50_000), 'a=b '.repeat(20_000)])
      try {
        changed(`LABEL x=${rest}`);
      } catch {
        // Refused or not: only the time counts.
      }
    assert.ok(performance.now() - started < 2000);
  });
});
