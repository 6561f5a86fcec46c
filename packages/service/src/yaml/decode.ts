// Decoders from YAML nodes to typed values: strict about unknown and repeated fields, in Prometheus' words.
// A decoder reports its mistake at its node and its siblings go on, so a file's mistakes come together.
import { compilePattern, parseDuration } from "@narthex/model";
import { parseSize } from "../size.js";
import { ConfigError, MistakeReported, YamlFile, type YamlNode } from "./node.js";
import { Secret } from "./secret.js";
import { nearestName } from "./suggestion.js";

export type Decoder<T> = (node: YamlNode) => T;
/** A field that may be absent; `initial` is then called, in the order of the shape. */
export type OptionalDecoder<T> = Decoder<T> & { readonly initial: () => T };
export type Shape = Readonly<Record<string, Decoder<unknown>>>;
export type Decoded<S extends Shape> = { readonly [Key in keyof S]: S[Key] extends Decoder<infer T> ? T : never };

/** Of a file that may hold one document only. Prometheus: model/rulefmt. */
function singleDocument<T>(decoder: Decoder<T>): Decoder<T> {
  return (node) => {
    const { file } = node;
    if (file.laterOffset !== undefined) file.report(file.laterOffset, "yaml: the file holds more than one document");
    return decoder(node);
  };
}

/** Reads the first document, as Prometheus does. Throws ConfigError with every mistake that was found. */
export function parseYamlFile<T>(name: string, text: string | Buffer, decoder: Decoder<T>): T {
  const file = new YamlFile(name, text);
  let value: T | undefined;
  try {
    value = decoder(file.root());
  } catch (error) {
    if (!(error instanceof MistakeReported)) throw error;
  }
  if (file.mistakes.length > 0) throw new ConfigError(name, file.mistakes);
  return value as T;
}

const text: Decoder<string> = (node) => {
  if (node.isNull()) return "";
  return node.text() ?? node.fail(`cannot unmarshal ${node.describe()} into string`);
};

const boolean: Decoder<boolean> = (node) => {
  const value = node.primitive();
  if (typeof value === "boolean") return value;
  return node.fail(`cannot unmarshal ${node.describe()} into bool`);
};

const number: Decoder<number> = (node) => {
  const value = node.primitive();
  if (typeof value === "number") return value;
  return node.fail(`cannot unmarshal ${node.describe()} into float64`);
};

// As Go's yaml, which cuts off what stands behind the point.
const integer: Decoder<number> = (node) => {
  const value = node.primitive();
  if (typeof value === "number" && Number.isSafeInteger(Math.trunc(value))) return Math.trunc(value);
  return node.fail(`cannot unmarshal ${node.describe()} into int`);
};

const unsigned: Decoder<number> = (node) => {
  const value = node.primitive();
  if (typeof value === "number" && Number.isSafeInteger(Math.trunc(value)) && value >= 0) return Math.trunc(value);
  return node.fail(`cannot unmarshal ${node.describe()} into uint`);
};

/** Runs `parse` on the scalar's text; what it throws is reported at the node. */
function parsed<T>(parse: (text: string) => T): Decoder<T> {
  return (node) => {
    const source = text(node);
    try {
      return parse(source);
    } catch (error) {
      return node.fail((error as Error).message);
    }
  };
}

function list<T>(item: Decoder<T>): Decoder<readonly T[]> {
  return (node) => {
    if (node.isNull()) return [];
    const items = node.items();
    if (!items) return node.fail(`cannot unmarshal ${node.describe()} into []`);
    return items.flatMap((child) => attempt(() => [item(child)]) ?? []);
  };
}

function map<T>(value: Decoder<T>): Decoder<Readonly<Record<string, T>>> {
  return (node) => {
    const record: Record<string, T> = {};
    if (node.isNull()) return record;
    const fields = node.fields();
    if (!fields) return node.fail(`cannot unmarshal ${node.describe()} into map`);
    const seen = new Set<string>();
    for (const field of fields) {
      if (seen.has(field.key)) {
        node.file.report(field.keyOffset, `key ${JSON.stringify(field.key)} already set in map`);
        continue;
      }
      seen.add(field.key);
      attempt(() => {
        const decoded = value(field.value);
        Object.defineProperty(record, field.key, {
          value: decoded,
          enumerable: true,
          writable: true,
          configurable: true,
        });
      });
    }
    return record;
  };
}

/** A struct of fixed fields; `typeName` is what errors call it ("config.ScrapeConfig"). */
function object<S extends Shape>(typeName: string, shape: S): Decoder<Decoded<S>> {
  return (node) => {
    const fields = node.isNull() ? [] : node.fields();
    if (!fields) return node.fail(`cannot unmarshal ${node.describe()} into ${typeName}`);
    const record: Record<string, unknown> = {};
    for (const field of fields) {
      if (!Object.hasOwn(shape, field.key)) {
        if (node.file.ignoresUnknownFields) continue;
        node.file.report(field.keyOffset, unknownField(field.key, typeName, shape, record));
      } else if (Object.hasOwn(record, field.key)) {
        node.file.report(field.keyOffset, `field ${field.key} already set in type ${typeName}`);
      } else {
        record[field.key] = attempt(() => (shape[field.key] as Decoder<unknown>)(field.value));
      }
    }
    return withInitials(node, shape, record) as Decoded<S>;
  };
}

function unknownField(key: string, typeName: string, shape: Shape, taken: Record<string, unknown>): string {
  const meant = nearestName(
    key,
    Object.keys(shape).filter((name) => !Object.hasOwn(taken, name)),
  );
  return `field ${key} not found in type ${typeName}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

function withInitials(node: YamlNode, shape: Shape, record: Record<string, unknown>): Record<string, unknown> {
  const whole: Record<string, unknown> = {};
  for (const [key, decoder] of Object.entries(shape)) {
    if (Object.hasOwn(record, key)) whole[key] = record[key];
    else if ("initial" in decoder) whole[key] = (decoder as OptionalDecoder<unknown>).initial();
    else node.fail(`field ${key} is required`);
  }
  return whole;
}

function optional<T>(decoder: Decoder<T>): OptionalDecoder<T | undefined> {
  const decode = (node: YamlNode): T | undefined => (node.isNull() ? undefined : decoder(node));
  return Object.assign(decode, { initial: () => undefined });
}

/** `initial` may be a function, for values that must not be shared. */
function withDefault<T>(decoder: Decoder<T>, initial: T | (() => T)): OptionalDecoder<T> {
  const make = typeof initial === "function" ? (initial as () => T) : (): T => initial;
  const decode = (node: YamlNode): T => (node.isNull() ? make() : decoder(node));
  return Object.assign(decode, { initial: make });
}

/**
 * `check` calls `fail` with a text where the value does not hold, or returns another value. It is not called where a
 * part of the value was already wrong: it would meet undefined fields.
 */
function refine<T, U = T>(decoder: Decoder<T>, check: (value: T, fail: (text: string) => never) => U): Decoder<U> {
  return (node) => {
    const before = node.file.mistakes.length;
    const value = decoder(node);
    if (node.file.mistakes.length > before) throw new MistakeReported("a part of the value is wrong");
    return check(value, (why) => node.fail(why));
  };
}

/** For a whole file: unknown fields are passed over, in it and everything below. */
function lenient<T>(decoder: Decoder<T>): Decoder<T> {
  return (node) => {
    node.file.ignoresUnknownFields = true;
    return decoder(node);
  };
}

function oneOf<const T extends string>(choices: readonly T[]): Decoder<T> {
  return (node) => {
    const source = text(node);
    const found = choices.find((choice) => choice === source);
    return found ?? node.fail(`unknown value ${JSON.stringify(source)}, expected one of ${choices.join(", ")}`);
  };
}

function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof MistakeReported) return undefined;
    throw error;
  }
}

/** An RE2 pattern's source, checked to compile. */
const regex: Decoder<string> = parsed((source) => {
  compilePattern(`^(?s:${source})$`);
  return source;
});

type Decoders = {
  readonly string: Decoder<string>;
  readonly boolean: Decoder<boolean>;
  readonly number: Decoder<number>;
  readonly integer: Decoder<number>;
  /** Not below 0. */
  readonly unsigned: Decoder<number>;
  /** Milliseconds. */
  readonly duration: Decoder<number>;
  /** Bytes. */
  readonly size: Decoder<number>;
  readonly secret: Decoder<Secret>;
  readonly regex: Decoder<string>;
  readonly parsed: typeof parsed;
  readonly list: typeof list;
  readonly map: typeof map;
  readonly object: typeof object;
  readonly optional: typeof optional;
  readonly withDefault: typeof withDefault;
  readonly refine: typeof refine;
  readonly lenient: typeof lenient;
  readonly singleDocument: typeof singleDocument;
  readonly oneOf: typeof oneOf;
};

export const d: Decoders = {
  string: text,
  boolean,
  number,
  integer,
  unsigned,
  duration: parsed(parseDuration),
  size: parsed(parseSize),
  secret: (node) => new Secret(text(node)),
  regex,
  parsed,
  list,
  map,
  object,
  optional,
  withDefault,
  refine,
  lenient,
  singleDocument,
  oneOf,
};
