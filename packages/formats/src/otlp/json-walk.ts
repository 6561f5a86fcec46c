// Reads fields out of parsed JSON as proto3's JSON mapping has them, and says where one is wrong.
// Goes to: json-decoder beside this. A field that is absent or null has its type's zero; unknown ones are skipped.

import type { Steps } from "./steps.js";

/** The text names the place: `resourceMetrics[0].scopeMetrics[2].metrics: expected a list, got a number`. */
export class OtlpJsonError extends Error {
  override readonly name = "OtlpJsonError";
}

export type JsonRecord = Readonly<Record<string, unknown>>;

const integerText = /^-?\d{1,20}$/;
const numberText = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Walks down one document; not to be shared. Each of its methods throws OtlpJsonError. */
export class JsonWalk {
  readonly #path: (string | number)[] = [];

  fail(expected: string, found: unknown): never {
    const path = this.#path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
    const place = path === "" ? "body" : path.slice(1);
    throw new OtlpJsonError(`${place}: expected ${expected}, got ${nameOf(found)}`);
  }

  root(value: unknown): JsonRecord {
    return isRecord(value) ? value : this.fail("an object", value);
  }

  /** Of an object-valued field; undefined where it is absent. */
  within<T>(record: JsonRecord, key: string, read: (inner: JsonRecord) => T): T | undefined {
    const value = record[key];
    if (value === undefined || value === null) return undefined;
    return this.#at(key, () => read(this.root(value)));
  }

  /** Of a list of objects. */
  map<T>(record: JsonRecord, key: string, read: (item: JsonRecord) => T): T[] {
    return this.#items(record, key, (item) => read(this.root(item)));
  }

  /** Of a list of objects, a step after each. */
  *mapSteps<T>(record: JsonRecord, key: string, read: (item: JsonRecord) => Steps<T>): Steps<T[]> {
    const items = this.#items(record, key, (item) => this.root(item));
    const results: T[] = [];
    this.#path.push(key);
    for (const [i, item] of items.entries()) {
      this.#path.push(i);
      results.push(yield* read(item));
      this.#path.pop();
    }
    this.#path.pop();
    return results;
  }

  /** As `within`, in steps. */
  *withinSteps<T>(record: JsonRecord, key: string, read: (inner: JsonRecord) => Steps<T>): Steps<T | undefined> {
    const inner = this.within(record, key, (value) => value);
    if (inner === undefined) return undefined;
    this.#path.push(key);
    const result = yield* read(inner);
    this.#path.pop();
    return result;
  }

  text(record: JsonRecord, key: string): string {
    return this.#field(record, key, "", (value) => (typeof value === "string" ? value : this.fail("a string", value)));
  }

  flag(record: JsonRecord, key: string): boolean {
    return this.#field(record, key, false, (value) =>
      typeof value === "boolean" ? value : this.fail("true or false", value),
    );
  }

  /** A double. */
  number(record: JsonRecord, key: string): number {
    return this.#field(record, key, 0, (value) => this.#number(value));
  }

  numbers(record: JsonRecord, key: string): number[] {
    return this.#items(record, key, (value) => this.#number(value));
  }

  /** Of 32 or 64 bits, as a number or as digits; loses precision beyond 2^53. */
  integer(record: JsonRecord, key: string): number {
    return this.#field(record, key, 0, (value) => Number(this.#digits(value)));
  }

  /** The same of unsigned ones. */
  count(record: JsonRecord, key: string): number {
    return this.#field(record, key, 0, (value) => this.#count(value));
  }

  counts(record: JsonRecord, key: string): number[] {
    return this.#items(record, key, (value) => this.#count(value));
  }

  /** With all the digits that were sent. */
  digits(record: JsonRecord, key: string): string {
    return this.#field(record, key, "0", (value) => this.#digits(value));
  }

  /** Nanoseconds → whole microseconds. */
  timeUs(record: JsonRecord, key: string): number {
    return this.#field(record, key, 0, (value) => {
      // A number has lost digits below a microsecond already, one way or the other.
      if (typeof value === "number") return Math.round(value / 1000);
      const digits = this.#digits(value);
      return digits.startsWith("-") ? this.fail("a time after 1970", value) : Number(digits.slice(0, -3));
    });
  }

  /** Number or name. */
  enumeration(record: JsonRecord, key: string, names: readonly string[]): number {
    return this.#field(record, key, 0, (value) => {
      if (typeof value !== "string") return Number(this.#digits(value));
      const found = names.indexOf(value);
      return found >= 0 ? found : this.fail(`one of ${names.join(", ")}`, value);
    });
  }

  /** Hexadecimal digits of so many bytes, in lower case; empty where there are none, or zeros alone. */
  id(record: JsonRecord, key: string, bytes: number): string {
    const text = this.text(record, key);
    if (text === "" || /^0+$/.test(text)) return "";
    const isId = text.length === 2 * bytes && /^[0-9a-fA-F]+$/.test(text);
    return isId ? text.toLowerCase() : this.#at(key, () => this.fail(`${2 * bytes} hexadecimal digits`, text));
  }

  #number(value: unknown): number {
    if (typeof value === "number") return value;
    if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
    return typeof value === "string" && numberText.test(value) ? Number(value) : this.fail("a number", value);
  }

  #count(value: unknown): number {
    const count = Number(this.#digits(value));
    return count >= 0 ? count : this.fail("an integer of 0 or more", value);
  }

  #digits(value: unknown): string {
    if (typeof value === "number" && Number.isInteger(value)) return BigInt(value).toString();
    return typeof value === "string" && integerText.test(value) ? value : this.fail("an integer", value);
  }

  #field<T>(record: JsonRecord, key: string, absent: T, read: (value: unknown) => T): T {
    const value = record[key];
    return value === undefined || value === null ? absent : this.#at(key, () => read(value));
  }

  #items<T>(record: JsonRecord, key: string, read: (item: unknown) => T): T[] {
    return this.#field<T[]>(record, key, [], (list) => {
      if (!Array.isArray(list)) return this.fail("a list", list);
      return list.map((item: unknown, i) => this.#at(i, () => read(item)));
    });
  }

  // After a failure nobody walks on: the path is then left as it stands.
  #at<T>(step: string | number, read: () => T): T {
    this.#path.push(step);
    const result = read();
    this.#path.pop();
    return result;
  }
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const shownCharactersMax = 40;

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  const text = JSON.stringify(value);
  return text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text;
}
