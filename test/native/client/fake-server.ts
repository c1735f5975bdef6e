// A server that does what the first argument of the command says, in place of the real one. Run by the thin client through
// SLIPWAY_SERVER. Knows the frames, and no container.

import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';

import { FRAME } from '../../../runtime-server/protocol/frames.ts';
import { exitFrame, frame, frames } from './frames.ts';

const option = (name: string): string => process.argv[process.argv.indexOf(name) + 1] ?? '';
const run = option('--run');

interface Session {
  readonly socket: Socket;
  /** What is to be done with the next Signal, Env or Attached frame. */
  next: (type: number, payload: Buffer) => void;
}

const say = (session: Session, text: string): boolean => session.socket.write(frame(FRAME.Stdout, text));
const end = (session: Session, code: number): Socket => session.socket.end(exitFrame(code));

type Command = (session: Session, args: readonly string[], request: string) => void;

const commands: Readonly<Record<string, Command>> = {
  /** The request as it came. */
  echo(session, _args, request) {
    say(session, request);
    end(session, 0);
  },
  exit(session, [code]) {
    end(session, Number(code));
  },
  /** How this process was started. */
  started(session) {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
    const map = readFileSync('/proc/self/uid_map', 'utf8');
    say(
      session,
      JSON.stringify({
        argv: process.argv.slice(2),
        env: process.env,
        cwd: process.cwd(),
        pid: process.pid,
        mounts,
        map,
      }),
    );
    end(session, 0);
  },
  /** So many bytes, on both streams in turn. */
  out(session, [bytes]) {
    const block = Buffer.alloc(50_000, 'x');
    for (let left = Number(bytes); left > 0; left -= block.length) {
      session.socket.write(frame(FRAME.Stdout, block.subarray(0, left)));
      session.socket.write(frame(FRAME.Stderr, 'e'));
    }
    end(session, 0);
  },
  /** Ends when a signal comes, saying which. */
  wait(session) {
    session.next = (_type, payload) => {
      say(session, `signal ${payload[0]}`);
      end(session, 130);
    };
    say(session, 'waiting\n');
  },
  /** Never ends, whatever comes. */
  stubborn(session) {
    session.next = () => say(session, 'no\n');
    say(session, 'waiting\n');
  },
  env(session, names) {
    session.next = (_type, payload) => {
      say(session, payload.toString());
      end(session, 0);
    };
    session.socket.write(frame(FRAME.NeedEnv, JSON.stringify(names)));
  },
  /** Attach as the argument says; the client's Attached goes to stderr, its code becomes the exit code. */
  attach(session, [attach]) {
    session.next = (_type, payload) => {
      session.socket.write(frame(FRAME.Stderr, payload));
      end(session, (JSON.parse(payload.toString()) as { code?: number }).code ?? 0);
    };
    session.socket.write(frame(FRAME.Attach, attach ?? ''));
  },
  /** The same, but the server is gone by then. */
  attachAndDie(session, [attach]) {
    session.socket.write(frame(FRAME.Attach, attach ?? ''), () => process.exit(1));
  },
  /** Asks for input to its end and says how much it was; asks for nothing more after `limit` bytes and ends with 7. */
  input(session, [limit]) {
    const hash = createHash('sha256');
    let size = 0;
    const ask = (): boolean => session.socket.write(frame(FRAME.NeedInput, '{"line":false}'));
    session.next = (_type, payload) => {
      size += payload.length;
      hash.update(payload);
      if (size > Number(limit)) end(session, 7);
      else if (payload.length > 0) ask();
      else {
        say(session, `${size} ${hash.digest('hex')}`);
        end(session, 0);
      }
    };
    ask();
  },
  /** Asks for input once, and never again until a signal comes. */
  sated(session) {
    session.next = (type) => {
      if (type === FRAME.Signal) end(session, 130);
      else say(session, 'enough\n');
    };
    session.socket.write(frame(FRAME.NeedInput, '{"line":false}'));
  },
  /** Asks each question in turn, and says what came. */
  ask(session, questions) {
    const left = [...questions];
    session.next = (_type, payload) => {
      say(session, JSON.stringify(payload.toString()));
      next();
    };
    const next = (): void => {
      const question = left.shift();
      if (question === undefined) end(session, 0);
      else session.socket.write(frame(FRAME.NeedInput, question));
    };
    next();
  },
  /** Asks while an answer is still awaited. */
  askTwice(session) {
    session.socket.write(frame(FRAME.NeedInput, '{"line":true}'));
    session.socket.write(frame(FRAME.NeedInput, '{"line":true}'));
  },
  die() {
    process.exit(1);
  },
  garbage(session) {
    session.socket.write(Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9]));
  },
  server(session) {
    session.socket.end(exitFrame(0), () => process.exit(0));
  },
};

function serve(socket: Socket): void {
  const session: Session = { socket, next: () => undefined };
  socket.on('error', () => undefined);
  socket.on(
    'data',
    frames((type, payload) => {
      if (type !== FRAME.Request) {
        session.next(type, payload);
        return;
      }
      const { argv } = JSON.parse(payload.toString()) as { argv: string[] };
      commands[argv[0] ?? '']?.(session, argv.slice(1), payload.toString());
    }),
  );
}

const ready = Number(option('--ready-fd'));
const broken = process.env['FAKE_SERVER'];
if (broken === 'error') writeSync(ready, 'error: open data directory: no space left\n');
if (broken === 'crash') throw new Error('the fake server fell over');
if (broken === undefined) {
  rmSync(`${run}/cli.sock`, { force: true });
  writeFileSync(Number(option('--lock-fd')), `${process.pid}\n`);
  createServer(serve).listen(`${run}/cli.sock`, () => {
    writeSync(ready, 'ok\n');
    closeSync(ready);
  });
}
