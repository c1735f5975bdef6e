// package.json against the code: commands, views, context keys, settings and viewItem clauses.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { commandTable, NEEDS_TRUST } from '../../../extension/commands/table.ts';
import { CONTEXT_KEY, EXTENSION_ID, SETTING, VIEW } from '../../../extension/contributions.ts';
import { everyContextValue } from '../../../extension/views/context-value.ts';
import { fakeServices } from './fixtures.ts';

interface Clause {
  readonly command?: string;
  readonly view?: string;
  readonly when?: string;
  readonly group?: string;
  readonly enablement?: string;
}
interface Manifest {
  readonly name: string;
  readonly publisher: string;
  readonly activationEvents: readonly string[];
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly commands: readonly (Clause & {
      readonly command: string;
      readonly category: string;
      readonly icon?: string;
    })[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsWelcome: readonly Clause[];
    readonly menus: Readonly<Record<string, readonly Clause[]>>;
    readonly keybindings: readonly Clause[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly scope: string }>> };
  };
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8'));
const manifest = read('package.json') as Manifest;
const { contributes } = manifest;
const contributed = contributes.commands.map(({ command }) => command).sort();
const clauses = [...Object.values(contributes.menus).flat(), ...contributes.viewsWelcome, ...contributes.keybindings];

describe('package.json', () => {
  it('contributes each command that has a handler, and no other', () => {
    const handled = Object.keys(commandTable(fakeServices().services)).sort();
    assert.deepEqual(contributed, handled);
    assert.equal(new Set(contributed).size, contributed.length);
  });

  it('is named as the code thinks', () => {
    assert.equal(`${manifest.publisher}.${manifest.name}`, EXTENSION_ID);
  });

  it('names commands slipway.<resource>.<verb>, with one category per resource', () => {
    const categories = new Map<string, string>();
    for (const { command, category } of contributes.commands) {
      const [, resource = ''] = /^slipway\.([a-z]+)\.[a-zA-Z]+$/.exec(command) ?? [];
      assert.notEqual(resource, '', command);
      assert.equal(categories.get(resource) ?? category, category, command);
      categories.set(resource, category);
    }
  });

  it('starts on use only', () => {
    assert.deepEqual(manifest.activationEvents, []);
  });

  it('contributes the views of the code', () => {
    const views = Object.values(contributes.views).flatMap((list) => list.map(({ id }) => id));
    assert.deepEqual(views.sort(), Object.values(VIEW).sort());
  });

  it('uses no command, view or context key that is not there', () => {
    const keys: readonly string[] = Object.values(CONTEXT_KEY);
    const views: readonly string[] = Object.values(VIEW);
    const enabled = contributes.commands.map(({ enablement = '' }): Clause => ({ when: enablement }));
    for (const clause of [...clauses, ...enabled]) {
      if (clause.command !== undefined) assert.ok(contributed.includes(clause.command), clause.command);
      if (clause.view !== undefined) assert.ok(views.includes(clause.view), clause.view);
      for (const [name] of (clause.when ?? '').matchAll(/slipway\.[a-zA-Z.]+/g)) {
        assert.ok(keys.includes(name) || views.includes(name), name);
      }
    }
  });

  it('has viewItem clauses that some row can match, and some row can’t', () => {
    const values = everyContextValue();
    let tested = 0;
    for (const { when = '' } of clauses) {
      for (const [, negation, source] of when.matchAll(/viewItem (!~|=~) \/(.*?)\//g)) {
        const matches = values.filter((value) => new RegExp(source!).test(value));
        assert.ok(matches.length > 0, `${when}: no row is ever ${source}`);
        assert.ok(negation === '=~' || matches.length < values.length, when);
        tested += 1;
      }
      assert.ok(!/viewItem ==/.test(when), `${when}: a token list is never equal to one token`);
    }
    assert.ok(tested > 10);
  });

  it('offers what suits any container on every row, whatever its state', () => {
    const values = everyContextValue().filter((value) => value.startsWith('container '));
    for (const name of ['logs', 'inspect', 'copyId', 'remove']) {
      const found = clauses.filter(
        ({ command, when = '' }) => command === `slipway.containers.${name}` && when.includes('viewItem'),
      );
      assert.ok(found.length > 0, name);
      for (const { when = '' } of found)
        for (const [, source] of when.matchAll(/viewItem =~ \/(.*?)\//g))
          for (const value of values) assert.match(value, new RegExp(source!), `${name}: ${value}`);
    }
  });

  it('gives every inline action an icon', () => {
    for (const { command, group = '' } of clauses) {
      if (!group.startsWith('inline') && !group.startsWith('navigation')) continue;
      assert.ok(contributes.commands.find((entry) => entry.command === command)?.icon, command);
    }
  });

  it('binds keys within its own views only', () => {
    for (const { when = '' } of contributes.keybindings) assert.match(when, /focusedView == slipway\./);
  });

  it('lets no workspace pick a program', () => {
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    assert.equal(contributes.configuration.properties[SETTING.shellProgram]?.scope, 'machine');
    assert.ok(restrictedConfigurations.includes(SETTING.shellProgram));
    assert.deepEqual(Object.keys(contributes.configuration.properties).sort(), Object.values(SETTING).sort());
    for (const id of NEEDS_TRUST) assert.ok(contributed.includes(id), id);
  });

  it('says nothing that package.nls.json does not have, and the reverse', () => {
    const texts = Object.keys(read('package.nls.json') as object).sort();
    const used = [...JSON.stringify(manifest).matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key!);
    assert.deepEqual([...new Set(used)].sort(), texts);
  });

  it('says everything in German, too', () => {
    assert.deepEqual(
      Object.keys(read('package.nls.de.json') as object).sort(),
      Object.keys(read('package.nls.json') as object).sort(),
    );
    const bundle = read('media/l10n/bundle.l10n.de.json') as Readonly<Record<string, string>>;
    assert.deepEqual(Object.keys(bundle).sort(), saidInCode());
    const holes = (text: string): readonly string[] => (text.match(/\{\d\}/g) ?? []).sort();
    for (const [english, german] of Object.entries(bundle)) assert.deepEqual(holes(german), holes(english), english);
  });
});

/** Every text that the code passes to `l10n.t`. */
function saidInCode(): readonly string[] {
  const root = new URL('../../../extension/', import.meta.url);
  const calls = globSync('**/*.ts', { cwd: root }).flatMap((file) => [
    ...readFileSync(new URL(file, root), 'utf8').matchAll(/l10n\.t\(\s*'((?:\\.|[^'\\])*)'/g),
  ]);
  return [...new Set(calls.map(([, text]) => text!))].sort();
}
