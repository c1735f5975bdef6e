// The thin mapping from a row to vscode's TreeItem; nothing is decided here.

import { MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import { type Row, type RowIcon, type TooltipLine } from './row.ts';

export function toTreeItem(row: Row): TreeItem {
  const item = new TreeItem(row.label, TreeItemCollapsibleState.None);
  item.id = row.id;
  item.description = row.description;
  item.iconPath = toIcon(row.icon);
  item.contextValue = row.contextValue;
  item.accessibilityInformation = { label: row.accessibilityLabel };
  return item;
}

/** The item of an object that went away between two questions of VS Code; the next refresh drops it. */
export function goneItem(id: string): TreeItem {
  const item = new TreeItem('', TreeItemCollapsibleState.None);
  item.id = id;
  return item;
}

/** A two-column list. What comes from images and containers is text, never markup. */
export function toTooltip(lines: readonly TooltipLine[]): MarkdownString {
  const tooltip = new MarkdownString();
  for (const [name, value] of lines) {
    if (value === '') continue;
    tooltip.appendMarkdown('**').appendText(name).appendMarkdown('**: ').appendText(value).appendMarkdown('  \n');
  }
  return tooltip;
}

function toIcon({ name, color }: RowIcon): ThemeIcon {
  return new ThemeIcon(name, color === undefined ? undefined : new ThemeColor(color));
}
