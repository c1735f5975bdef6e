// What the command line keeps from a terminal and from templates (api/cli), as table.ts describes it.
import type { Mutation } from './mutation.ts';

const TEMPLATES = 'test/unit/api/cli/template/template.test.ts';
const ENGINE = 'runtime-server/src/api/cli/template/';

export const CLI: readonly Mutation[] = [
  {
    name: 'templates: only own members of maps',
    file: `${ENGINE}template.ts`,
    text: 'if (Object.hasOwn(value, name)) return value[name];',
    without: 'if (name in value) return value[name];',
    test: TEMPLATES,
    pattern: 'see only members that the data have themselves',
  },
  {
    name: 'templates: only own members by index',
    file: `${ENGINE}functions.ts`,
    text: 'item instanceof Nil || !Object.hasOwn(item, key) ? undefined : item[key]',
    without: 'item instanceof Nil ? undefined : item[key]',
    test: TEMPLATES,
    pattern: 'see only members that the data have themselves',
  },
  {
    name: 'templates: only own fields of rows',
    file: `${ENGINE}values.ts`,
    text: 'return Object.hasOwn(this.methods, name) ? this.methods[name] : undefined;',
    without: 'return this.methods[name];',
    test: TEMPLATES,
    pattern: 'see only members that the data have themselves',
  },
  {
    name: 'templates: bounded steps',
    file: `${ENGINE}template.ts`,
    text: "if (++this.steps > STEPS_MAX) throw new Failure('it takes too many steps');",
    without: 'this.steps++;',
    test: TEMPLATES,
    pattern: 'end, however large they would become',
  },
  {
    name: 'templates: bounded depth',
    file: `${ENGINE}parser.ts`,
    text: "if (++this.depth > DEPTH_MAX) throw this.error('max expression depth exceeded', token);",
    without: 'this.depth++;',
    test: TEMPLATES,
    pattern: 'end, however large they would become',
  },
  {
    name: 'globs: a star takes no slash',
    file: 'runtime-server/src/oci/glob.ts',
    text: "star !== undefined && text[star.at] !== '/'",
    without: 'star !== undefined',
    test: 'test/unit/oci/glob.test.ts',
    pattern: 'does not fit',
  },
];
