// Which boot of the machine this is.

import { readFileSync } from 'node:fs';

/** A name that every boot has for itself (random(4), boot_id). */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}
