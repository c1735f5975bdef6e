// Docker's management commands (`image ls`, `container rm`) and other second names: words for words. Pure.

const IMAGE = ['history', 'import', 'load', 'pull', 'push', 'save', 'tag'];
const CONTAINER = [
  ...[
    'attach',
    'commit',
    'create',
    'diff',
    'exec',
    'export',
    'kill',
    'logs',
    'pause',
    'rename',
    'restart',
    'restore',
    'rm',
  ],
  ...['run', 'start', 'stats', 'stop', 'top', 'unpause', 'update', 'wait'],
];

/** Second name → what it stands for. */
export const ALIASES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...IMAGE.map((name) => [`image ${name}`, [name]] as const),
  ...CONTAINER.map((name) => [`container ${name}`, [name]] as const),
  ...['ls', 'list'].map((name) => [`image ${name}`, ['images']] as const),
  ...['rm', 'remove'].map((name) => [`image ${name}`, ['rmi']] as const),
  ...['ls', 'list', 'ps'].map((name) => [`container ${name}`, ['ps']] as const),
  ['container remove', ['rm']],
  ['image inspect', ['inspect', '--type', 'image']],
  ['container inspect', ['inspect', '--type', 'container']],
  ['volume list', ['volume', 'ls']],
  ['volume remove', ['volume', 'rm']],
  ['system info', ['info']],
  ['check', ['system', 'check']],
  ['snapshot', ['snapshot', 'create']],
  // Named, so that the line above is not for them.
  ...['create', 'inspect', 'ls', 'rm'].map((name) => [`snapshot ${name}`, ['snapshot', name]] as const),
  ['snapshot list', ['snapshot', 'ls']],
  ['snapshot remove', ['snapshot', 'rm']],
  ['system events', ['events']],
]);

/** The words with a second name at their beginning replaced by what it stands for. */
export function withoutAlias(argv: readonly string[]): readonly string[] {
  for (const count of [2, 1]) {
    const found = ALIASES.get(argv.slice(0, count).join(' '));
    if (found !== undefined && argv.length >= count) return [...found, ...argv.slice(count)];
  }
  return argv;
}

/** First words that only stand before a second one. */
export const GROUPS: readonly string[] = ['container', 'image', 'snapshot', 'system', 'volume'];
