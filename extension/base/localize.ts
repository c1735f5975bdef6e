// The part of `vscode.l10n` that pure code needs, so that it can say things in the person's language without vscode.

export interface Localizer {
  /** The text in the person's language, `{0}` … replaced by the arguments. */
  t(message: string, ...args: (string | number)[]): string;
  /** BCP 47, for numbers and times (`vscode.env.language`). */
  readonly language: string;
}
