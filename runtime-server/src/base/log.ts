// The server's log: one line per message on a stream, no secrets, no feature names. Knows no file and no wire.

export interface Logger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string, cause?: unknown): void;
}

/** A logger that writes `2026-01-31T12:00:00.000Z level message` lines to `sink`. */
export function createLogger(sink: { write(text: string): unknown }, now: () => Date = () => new Date()): Logger {
  const line = (level: string, message: string): void => {
    sink.write(`${now().toISOString()} ${level} ${message.replaceAll('\n', '\\n')}\n`);
  };
  return {
    info: (message) => {
      line('info', message);
    },
    warn: (message) => {
      line('warn', message);
    },
    error: (message, cause) => {
      line('error', cause === undefined ? message : `${message}: ${describe(cause)}`);
    },
  };
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
