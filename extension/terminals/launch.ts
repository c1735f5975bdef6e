// How a terminal runs the thin client. Pure: what is made here goes to vscode's createTerminal as it is.

export interface LaunchOptions {
  /** Path of the thin client. */
  readonly client: string;
  readonly args: readonly string[];
  readonly hold: 'failure' | 'always';
  /** The line that asks for Enter. */
  readonly holdText: string;
}

export interface Launch {
  readonly shellPath: string;
  readonly shellArgs: readonly string[];
}

/**
 * A terminal closes with its program, and with it the sentence that says what went wrong. So a few lines of sh stand
 * around the client: they wait for Enter where the engine failed (125 to 127) or where the output is what one came
 * for, and end with 0, since the status of the last command typed in a container is no error of the terminal.
 * Bytes don't pass through them: the client has the terminal itself. Without echo where nothing is to be typed: old
 * output can hold questions to the terminal, whose answers nobody wants to see.
 */
const SCRIPT = `
trap : INT
text=$1 hold=$2; shift 2
case $hold in always) stty -echo 2>/dev/null ;; esac
"$0" "$@"
case $?:$hold in
  12[567]:*|*:always) printf '\\n\\033[2m%s\\033[0m' "$text"; read -r _ ;;
esac
exit 0
`;

export function launch({ client, args, hold, holdText }: LaunchOptions): Launch {
  return { shellPath: '/bin/sh', shellArgs: ['-c', SCRIPT, client, holdText, hold, ...args] };
}
