// Work on a long body that gives way in between: a generator that yields after each step, and returns what came of it.
export type Steps<T> = Generator<undefined, T>;

/** Data points of a step. */
export const stepPoints = 32;

/** All steps at once. */
export function lastOf<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
