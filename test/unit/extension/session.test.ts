import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReportedError } from '../../../extension/base/failure.ts';
import { type Link } from '../../../extension/server/link.ts';
import { Session, type SessionPorts, type SessionProblem, type SessionState } from '../../../extension/session.ts';
import { fakeLink, type FakeLink } from './fixtures.ts';

interface World {
  readonly session: Session;
  readonly calls: string[];
  readonly problems: SessionProblem[];
  readonly states: SessionState[];
  readonly links: FakeLink[];
  clock: number;
  startFails: Error | undefined;
}

function world(changes: Partial<SessionPorts> = {}): World {
  const calls: string[] = [];
  const problems: SessionProblem[] = [];
  const states: SessionState[] = [];
  const links: FakeLink[] = [];
  const ports: SessionPorts = {
    supported: true,
    protocolVersion: 1,
    startServer: () => {
      calls.push('start');
      return self.startFails === undefined ? Promise.resolve() : Promise.reject(self.startFails);
    },
    stopServer: () => {
      calls.push('stop');
      return Promise.resolve();
    },
    connect: () => {
      calls.push('connect');
      const link = fakeLink(() => ({}));
      links.push(link);
      return Promise.resolve(link);
    },
    report: (problem) => problems.push(problem),
    now: () => self.clock,
    ...changes,
  };
  const session = new Session(ports);
  session.onDidChangeState((state) => states.push(state));
  const self: World = { session, calls, problems, states, links, clock: 0, startFails: undefined };
  return self;
}

/** Resolves when everything that is ready to run has run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('session', () => {
  it('starts nothing before it is used', async () => {
    const { session, calls } = world();
    await settled();
    assert.equal(session.state, 'stopped');
    assert.deepEqual(calls, []);
  });

  it('starts the server once for everyone who asks at the same time', async () => {
    const { session, calls, states } = world();
    const [a, b] = await Promise.all([session.open(), session.require()]);
    assert.equal(a, b);
    assert.deepEqual(calls, ['start', 'connect']);
    assert.deepEqual(states, ['starting', 'ready']);
  });

  it('tells about a failed start once and tries again for a command, not for a view', async () => {
    const w = world();
    w.startFails = new Error('no Node');
    await assert.rejects(w.session.open(), ReportedError);
    await assert.rejects(w.session.open(), ReportedError);
    assert.deepEqual(
      w.problems.map(({ kind }) => kind),
      ['start'],
    );
    assert.equal(w.session.state, 'failed');
    w.startFails = undefined;
    await w.session.require();
    assert.equal(w.session.state, 'ready');
    assert.equal(w.session.failure, undefined);
  });

  it('refuses a server with another protocol, closes the connection and offers a restart', async () => {
    let closed = 0;
    const stranger: Link = {
      ...fakeLink(() => ({})),
      handshake: { protocolVersion: 99, productVersion: '9', pid: 1, client: '/x' },
      close: () => {
        closed += 1;
        return Promise.resolve();
      },
    };
    const links: Link[] = [stranger, fakeLink(() => ({}))];
    const w = world({ connect: () => Promise.resolve(links.shift()!) });
    await assert.rejects(w.session.require(), ReportedError);
    assert.deepEqual(w.problems, [{ kind: 'mismatch', theirs: 99 }]);
    assert.equal(closed, 1);
    await w.session.restart();
    assert.deepEqual(w.calls, ['start', 'stop', 'start']);
    assert.equal(w.session.state, 'ready');
  });

  it('restarts a lost server once, with one message', async () => {
    const w = world();
    await w.session.require();
    w.links[0]!.lose();
    assert.equal(w.session.state, 'starting');
    await settled();
    assert.equal(w.session.state, 'ready');
    assert.deepEqual(w.problems, [{ kind: 'restarted' }]);
    assert.equal(w.links.length, 2);
  });

  it('gives up when the restarted server is lost again at once', async () => {
    const w = world();
    await w.session.require();
    w.links[0]!.lose();
    await settled();
    w.clock = 1_000;
    w.links[1]!.lose();
    await settled();
    assert.equal(w.session.state, 'failed');
    assert.deepEqual(
      w.problems.map(({ kind }) => kind),
      ['restarted', 'lost'],
    );
    assert.deepEqual(w.calls, ['start', 'connect', 'start', 'connect']);
  });

  it('restarts again when the next loss is much later', async () => {
    const w = world();
    await w.session.require();
    w.links[0]!.lose();
    await settled();
    w.clock = 120_000;
    w.links[1]!.lose();
    await settled();
    assert.equal(w.session.state, 'ready');
  });

  it('fails with a reason when a lost server can’t be started again', async () => {
    const w = world();
    await w.session.require();
    w.startFails = new Error('no space');
    w.links[0]!.lose();
    await settled();
    assert.equal(w.session.state, 'failed');
    assert.deepEqual(w.problems, [{ kind: 'lost', error: w.startFails }]);
  });

  it('does nothing on a loss that it caused itself', async () => {
    const w = world();
    await w.session.require();
    await w.session.close();
    w.links[0]!.lose();
    await settled();
    assert.deepEqual(w.calls, ['start', 'connect']);
    assert.deepEqual(w.problems, []);
  });

  it('says nothing when it is closed during a start', async () => {
    const w = world({
      startServer: ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('aborted'));
          });
        }),
    });
    const opening = assert.rejects(w.session.require());
    await w.session.close();
    await opening;
    assert.deepEqual(w.problems, []);
  });

  it('is unsupported where containers can’t run, and says so when a command asks', async () => {
    const w = world({ supported: false });
    assert.equal(w.session.state, 'unsupported');
    await assert.rejects(w.session.require(), ReportedError);
    assert.deepEqual(w.problems, [{ kind: 'unsupported' }]);
    assert.deepEqual(w.calls, []);
  });
});
