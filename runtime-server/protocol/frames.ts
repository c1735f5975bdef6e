// The frames of the two byte-stream sockets: thin client ⇄ server (cli.sock) and client ⇄ shim (attach.sock).
// A frame is Docker's 8-byte stream header (type, three zero bytes, big-endian length) and its payload; types from
// 0x10 on are ours. The C side of this table is native/src/common/frame.h; a rules test compares the numbers.

/** Longest payload either side accepts; a longer one ends the connection. */
export const FRAME_MAX = 1 << 20;

export const FRAME = {
  /** Client → container. An empty payload is end of input. */
  Stdin: 0x00,
  Stdout: 0x01,
  Stderr: 0x02,
  /** u16be rows, u16be columns. */
  Resize: 0x10,
  /** u8 signal number. */
  Signal: 0x11,
  /** u32be exit code; the last frame on either socket. */
  Exit: 0x12,
  /** Client → server, JSON {@link CliRequest}: the first frame. */
  Request: 0x20,
  /** Server → client, JSON {@link CliAttach}: connect to a shim and relay. */
  Attach: 0x21,
  /** Client → server, JSON {@link CliAttached}: how the relay ended. */
  Attached: 0x22,
  /** Server → client, JSON array of names: send these environment variables. */
  NeedEnv: 0x23,
  /** Client → server, JSON object name → value (null when unset). */
  Env: 0x24,
  /** Server → client, JSON {@link CliNeedInput}: send one Input frame. Not asked, the client reads nothing. */
  NeedInput: 0x25,
  /** Client → server, the answer: what could be read, {@link INPUT_MAX} bytes at most. An empty payload is end of input. */
  Input: 0x26,
  /** Client → shim, the first frame: u8 version (1), u8 {@link HELLO_FLAGS}, u16be rows, u16be columns (0 0: no size). */
  Hello: 0x30,
  /** Shim → client: u8 version (1), u8 tty (0|1), u32be pid of the process as the server sees it. */
  HelloOk: 0x31,
  /** Shim → client: UTF-8 sentence; the connection ends. */
  Error: 0x32,
  /** Client → shim: let held output go without an attached client. */
  Release: 0x33,
} as const;

/** Longest payload of an Input frame. */
export const INPUT_MAX = 1 << 16;

export const HELLO_FLAGS = {
  /** The client will send Stdin frames. */
  Stdin: 1,
  /** Send Stdout and Stderr frames. */
  Output: 2,
  /** The server's own connection: Exit frame only; while output is held, its end releases it. */
  Watch: 4,
} as const;

export interface CliRequest {
  readonly protocolVersion: number;
  readonly productVersion: string;
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Which of the client's stdio are terminals. */
  readonly tty: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  readonly rows: number;
  readonly columns: number;
}

export interface CliAttach {
  /** Path of the shim's attach socket. */
  readonly path: string;
  readonly stdin: boolean;
  readonly tty: boolean;
  /** Forward SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1/2 to the container. */
  readonly signalProxy: boolean;
  /** The keys to detach, two hexadecimal digits for each; Ctrl-P Ctrl-Q when absent, none when empty. */
  readonly detachKeys?: string;
}

export interface CliNeedInput {
  /** False: bytes of standard input, as many as are there. True: one line, with its end. */
  readonly line: boolean;
  /** Written to the terminal before the line is read; printable. */
  readonly prompt?: string;
  /** The line is not shown; it comes from the terminal where there is one, whatever standard input is. */
  readonly secret?: boolean;
}

export type CliAttached =
  | { readonly how: 'exit'; readonly code: number }
  /** The keys to detach were typed. */
  | { readonly how: 'detach' }
  /** The shim went away without an Exit frame, or could not be reached. */
  | { readonly how: 'lost'; readonly reason: string };
