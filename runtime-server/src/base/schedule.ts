// Doing something later: the port that tests replace by a clock of their own, and the real one.

/** Calls `work` once after so many milliseconds, unless the result is called before. */
export type Schedule = (milliseconds: number, work: () => void) => () => void;

/** setTimeout's limit. */
const LONGEST = 2 ** 31 - 1;

/** By the machine's steady clock, which no change of the time moves; keeps no process alive. A longer time than 24 days is cut. */
export const schedule: Schedule = (milliseconds, work) => {
  const timer = setTimeout(work, Math.min(milliseconds, LONGEST));
  timer.unref();
  return () => {
    clearTimeout(timer);
  };
};
