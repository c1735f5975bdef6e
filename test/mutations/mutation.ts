// What one row of the table says.

export interface Mutation {
  /** What is taken away. */
  readonly name: string;
  /** Path in the project. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly text: string;
  /** What stands there instead. */
  readonly without: string;
  /** The test file that must notice. */
  readonly test: string;
  /** Of the test's name, for node:test's --test-name-pattern. */
  readonly pattern: string;
}

/** Rows for one file and one test file. */
export type Rows = (name: string, text: string, without: string, pattern: string) => Mutation;
