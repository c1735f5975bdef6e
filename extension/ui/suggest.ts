// A box that suggests while it is typed into: a QuickPick whose first row is what stands in the box.

import { window, type QuickPickItem } from 'vscode';
import { type SuggestOptions } from '../commands/services.ts';
import { createSuggestions } from '../model/suggestions.ts';

interface Item extends QuickPickItem {
  readonly text: string;
}

/** The chosen text; undefined when the person gave up. */
export function suggest({ title, placeholder, suggestions }: SuggestOptions): Promise<string | undefined> {
  const box = window.createQuickPick<Item>();
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const typed = (): readonly Item[] => {
    const text = box.value.trim();
    return text === '' ? [] : [{ label: text, text, alwaysShow: true }];
  };
  const asking = createSuggestions(suggestions, (items) => {
    const others = items.filter(({ value }) => value !== box.value.trim());
    box.items = [...typed(), ...others.map(({ label, description, value }) => itemOf(label, description, value))];
    box.busy = false;
  });
  Object.assign(box, { title, placeholder, ignoreFocusOut: true });
  box.onDidChangeValue((value) => {
    box.items = typed();
    box.busy = value.trim() !== '';
    asking.change(value.trim());
  });
  box.onDidAccept(() => {
    const [item] = box.activeItems;
    if (item === undefined) return;
    resolve(item.text);
    box.hide();
  });
  box.onDidHide(() => {
    resolve(undefined);
    asking.dispose();
    box.dispose();
  });
  box.show();
  return promise;
}

// Always shown: the registry has decided what matches, not the box.
function itemOf(label: string, description: string | undefined, text: string): Item {
  return { label, text, alwaysShow: true, ...(description === undefined ? {} : { description }) };
}
