// Names of containers: the grammar (Docker's) and the generator of two-part names.

import { invalidArgument } from '../base/errors.ts';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

const LEFT = [
  ...[
    'able',
    'amber',
    'bold',
    'brave',
    'bright',
    'brisk',
    'calm',
    'clear',
    'clever',
    'coral',
    'crisp',
    'daring',
    'deep',
    'eager',
    'early',
    'fair',
  ],
  ...[
    'fleet',
    'free',
    'fresh',
    'gentle',
    'glad',
    'golden',
    'grand',
    'happy',
    'hardy',
    'honest',
    'jolly',
    'keen',
    'kind',
    'light',
    'lively',
    'lucid',
  ],
  ...[
    'merry',
    'mild',
    'misty',
    'modest',
    'neat',
    'nimble',
    'noble',
    'patient',
    'placid',
    'proud',
    'quick',
    'quiet',
    'ready',
    'royal',
    'rustic',
    'salty',
  ],
  ...[
    'serene',
    'sharp',
    'silent',
    'silver',
    'smooth',
    'snug',
    'solid',
    'steady',
    'still',
    'stout',
    'sunny',
    'swift',
    'tidy',
    'true',
    'warm',
    'windy',
  ],
];
const RIGHT = [
  ...[
    'albatross',
    'anchor',
    'barge',
    'bay',
    'beacon',
    'bosun',
    'breeze',
    'brig',
    'buoy',
    'canoe',
    'captain',
    'catamaran',
    'clipper',
    'compass',
    'coral',
  ],
  ...[
    'corvette',
    'cutter',
    'davit',
    'deck',
    'dhow',
    'dinghy',
    'dock',
    'dolphin',
    'ferry',
    'fjord',
    'frigate',
    'galleon',
    'gull',
    'harbor',
    'helm',
  ],
  ...[
    'heron',
    'island',
    'jetty',
    'kayak',
    'keel',
    'ketch',
    'lagoon',
    'lantern',
    'launch',
    'lighthouse',
    'lugger',
    'mariner',
    'mast',
    'narwhal',
    'oar',
  ],
  ...[
    'osprey',
    'otter',
    'pelican',
    'pier',
    'pilot',
    'porpoise',
    'quay',
    'reef',
    'rudder',
    'sailor',
    'schooner',
    'seal',
    'sextant',
    'skiff',
    'sloop',
  ],
  ...['spinnaker', 'tern', 'tide', 'tiller', 'trawler', 'tugboat', 'walrus', 'wave', 'wharf', 'yawl'],
];

/** Throws InvalidArgument unless `name` is one that Docker would take. */
export function checkName(name: string, what = 'container'): void {
  if (NAME.test(name)) return;
  throw invalidArgument(
    `name ${what} ${JSON.stringify(name)}: only letters, digits, "_", "." and "-", at least two, the first a letter or digit`,
  );
}

/** A free two-part name such as `steady_ketch`; a number follows once the pairs run short. `random` gives [0, 1). */
export function generateName(taken: (name: string) => boolean, random: () => number = Math.random): string {
  for (let attempt = 0; ; attempt++) {
    const pair = `${pick(LEFT, random)}_${pick(RIGHT, random)}`;
    const name = attempt < 4 ? pair : `${pair}${attempt}`;
    if (!taken(name)) return name;
  }
}

function pick(words: readonly string[], random: () => number): string {
  return words[Math.floor(random() * words.length)] ?? 'steady';
}
