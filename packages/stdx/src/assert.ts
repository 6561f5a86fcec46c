/** Thrown when an invariant of our own code does not hold; never caught to go on. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** States what must hold. `what` reads as a sentence: "a record fits its page". */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new AssertionError(what);
}

/** Marks a place that complete types make unreachable. */
export function unreachable(value: never): never {
  throw new AssertionError(`unexpected value ${String(value)}`);
}
