// Workspace trust (extension, package.json), as table.ts describes it.
import type { Mutation } from './mutation.ts';

const TRUST = { test: 'test/unit/extension/commands/trust.test.ts', pattern: 'runs no program' };
const MANIFEST = {
  file: 'package.json',
  test: 'test/unit/extension/contributions.test.ts',
  pattern: 'lets no workspace pick a program',
};

export const EXTENSION: readonly Mutation[] = [
  {
    name: 'trust: commands ask for it',
    file: 'extension/commands/guarded.ts',
    text: 'if (NEEDS_TRUST.has(id) && !services.trust.isTrusted) {',
    without: 'if (NEEDS_TRUST.has(id) && services.trust === undefined) {',
    ...TRUST,
  },
  {
    name: 'trust: a stopped container is not started',
    file: 'extension/commands/table.ts',
    text: "  'slipway.containers.start',\n",
    without: '',
    ...TRUST,
  },
  {
    name: 'trust: the shell is no workspace setting',
    text: '"scope": "machine"',
    without: '"scope": "resource"',
    ...MANIFEST,
  },
  {
    name: 'trust: the shell is a restricted setting',
    text: '        "slipway.shell.program"\n      ]',
    without: '      ]',
    ...MANIFEST,
  },
];
