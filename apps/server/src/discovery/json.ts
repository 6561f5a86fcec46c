// A JSON answer of somebody's API, read as Go's decoder reads it: what is missing or null is empty, a value of another
// type is an error that names its place. Goes to: the providers.

export class Json {
  readonly #value: unknown;
  readonly #path: string;

  constructor(value: unknown, path = "") {
    this.#value = value;
    this.#path = path;
  }

  /** Missing, or null. */
  get isNull(): boolean {
    return this.#value === undefined || this.#value === null;
  }

  /** As it came, for keeping. */
  get raw(): unknown {
    return this.#value;
  }

  /** The value under these keys, one below the other. */
  at(...keys: string[]): Json {
    return keys.reduce((here: Json, key) => here.#field(key), this);
  }

  text(): string {
    return this.#typed("string", "");
  }

  number(): number {
    return this.#typed("number", 0);
  }

  flag(): boolean {
    return this.#typed("boolean", false);
  }

  /** A string, number or boolean as text; "" where there is none. */
  print(): string {
    if (this.isNull) return "";
    const value = this.#value;
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    throw this.#wrong("a string, number or boolean");
  }

  list(): Json[] {
    if (this.isNull) return [];
    if (!Array.isArray(this.#value)) throw this.#wrong("a list");
    return this.#value.map((item, i) => new Json(item, `${this.#path}[${i}]`));
  }

  /** A list, or a list of the one value that stands in its place. */
  listOrOne(): Json[] {
    return this.isNull || Array.isArray(this.#value) ? this.list() : [this];
  }

  /** The strings of a list. */
  textList(): string[] {
    return this.list().map((item) => item.text());
  }

  fields(): [name: string, value: Json][] {
    return Object.entries(this.#record()).map(([name, value]) => [name, new Json(value, this.#below(name))]);
  }

  /** An object of strings. */
  texts(): Record<string, string> {
    return Object.fromEntries(this.fields().map(([name, value]) => [name, value.text()]));
  }

  #field(name: string): Json {
    const record = this.#record();
    return new Json(Object.hasOwn(record, name) ? record[name] : undefined, this.#below(name));
  }

  #record(): Readonly<Record<string, unknown>> {
    if (this.isNull) return {};
    if (typeof this.#value !== "object" || Array.isArray(this.#value)) throw this.#wrong("an object");
    // Just checked to be an object; what its fields hold is asked one by one.
    return this.#value as Record<string, unknown>;
  }

  #typed<T>(type: "string" | "number" | "boolean", empty: T): T {
    if (this.isNull) return empty;
    if (typeof this.#value !== type) throw this.#wrong(`a ${type}`);
    return this.#value as T;
  }

  #below(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }

  #wrong(expected: string): Error {
    return new Error(`${this.#path === "" ? "the answer" : this.#path} is not ${expected}`);
  }
}

/** Throws an Error where the text is not JSON. */
export function parseJson(body: Buffer | string): Json {
  try {
    return new Json(JSON.parse(body.toString()));
  } catch (error) {
    throw new Error(`cannot read the answer as JSON: ${(error as Error).message}`, { cause: error });
  }
}
