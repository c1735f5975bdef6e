// Docker's question before something is removed.

import type { CliSession } from './session.ts';

/** Whether the person says yes; everything else, also the end of input, is a no. `warning` ends without a newline. */
export async function confirm(session: CliSession, warning: string): Promise<boolean> {
  const answer = await session.ask({ prompt: `${warning}\nAre you sure you want to continue? [y/N] ` });
  return /^\s*y(?:es)?\s*$/i.test(answer ?? '');
}
