/** A value that must never be printed. `reveal` is for the one place that uses it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "<secret>";
  }

  toJSON(): string {
    return "<secret>";
  }
}

/** Whether a field was given a value: an empty one counts as absent, as in Prometheus. */
export function isSet(value: string | Secret | undefined): boolean {
  return value instanceof Secret ? value.reveal() !== "" : value !== undefined && value !== "";
}
