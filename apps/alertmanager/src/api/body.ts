// JSON bodies of requests, checked against the API's schema in go-openapi's words.
import { SchemaError, schemaCodes } from "./respond.js";

type JsonRecord = Readonly<Record<string, unknown>>;

/** Throws SchemaError. `name` is what messages call the body: "alerts", "silence". */
export function parseBody(name: string, text: string): unknown {
  if (text.trim() === "") throw new SchemaError(schemaCodes.required, `${name} in body is required`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(name, (error as Error).message);
  }
}

export function malformed(name: string, why: string): SchemaError {
  return new SchemaError(400, `parsing ${name} body from "" failed, because ${why}`);
}

/** Reads the fields of one object; `path` ("0.", "matchers.1.") goes before their names in messages. */
export class BodyReader {
  readonly #body: string;
  readonly #path: string;
  readonly #record: JsonRecord;

  constructor(body: string, value: unknown, path = "") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw malformed(body, `json: cannot unmarshal ${jsonKind(value)} into an object`);
    }
    this.#body = body;
    this.#path = path;
    this.#record = value as JsonRecord;
  }

  /** Throws for the first of `names`, in their order, that is absent. */
  require(...names: readonly string[]): void {
    for (const name of names) {
      const value = this.#record[name];
      if (value === undefined || value === null) throw this.#invalid("required", name, "is required");
    }
  }

  text(name: string): string | undefined {
    return this.#typed(name, "string") as string | undefined;
  }

  boolean(name: string): boolean | undefined {
    return this.#typed(name, "boolean") as boolean | undefined;
  }

  /** Milliseconds; undefined where absent, empty, or Go's zero time. */
  time(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined || text === "" || text.startsWith("0001-01-01")) return undefined;
    const ms = timeForm.test(text) ? Date.parse(text.replace(" ", "T")) : Number.NaN;
    if (Number.isNaN(ms)) {
      const why = `parsing time ${JSON.stringify(text)} as "2006-01-02 15:04:05": cannot parse ${JSON.stringify(text)}`;
      throw malformed(this.#body, `${why} as "2006"`);
    }
    return ms;
  }

  uri(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined || text === "" || isUri(text)) return text;
    throw this.#invalid("type", name, `must be of type uri: ${JSON.stringify(text)}`);
  }

  /** Names to texts; undefined where absent. */
  labels(name: string): Record<string, string> | undefined {
    const value = this.#typed(name, "object") as JsonRecord | undefined;
    for (const inner of Object.values(value ?? {})) {
      if (typeof inner !== "string") throw this.#mismatch(name, inner, "string");
    }
    return value as Record<string, string> | undefined;
  }

  list(name: string, countMin: number): readonly unknown[] {
    const value = this.#record[name] ?? [];
    if (!Array.isArray(value)) throw this.#mismatch(name, value, "list");
    if (value.length < countMin) throw this.#invalid("fewItems", name, `should have at least ${countMin} items`);
    return value;
  }

  #typed(name: string, kind: "string" | "boolean" | "object"): unknown {
    const value = this.#record[name];
    if (value === undefined || value === null) return undefined;
    if (jsonKind(value) !== kind) throw this.#mismatch(name, value, kind);
    return value;
  }

  #mismatch(name: string, value: unknown, kind: string): SchemaError {
    return malformed(this.#body, `json: cannot unmarshal ${jsonKind(value)} into field ${name} of type ${kind}`);
  }

  #invalid(code: keyof typeof schemaCodes, name: string, why: string): SchemaError {
    return new SchemaError(schemaCodes[code], `${this.#path}${name} in body ${why}`);
  }
}

const timeForm = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?$/;

function isUri(text: string): boolean {
  return /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:|\/)\S*$/.test(text);
}

function jsonKind(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
