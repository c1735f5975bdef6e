// What a row of a view shows, as plain data. The mapping to vscode's TreeItem is tree-item.ts.

export interface Row {
  /** Stable for the life of the object: never contains its state. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly icon: RowIcon;
  /** The tokens that package.json's `viewItem` clauses test. */
  readonly contextValue: string;
  /** What a screen reader says. */
  readonly accessibilityLabel: string;
}

export interface RowIcon {
  /** A codicon. */
  readonly name: string;
  /** A theme colour. */
  readonly color?: string;
}

/** A name and its value; lines with an empty value are not shown. */
export type TooltipLine = readonly [name: string, value: string];
