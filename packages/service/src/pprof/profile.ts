// A profile in pprof's format: gzip over one protobuf message (github.com/google/pprof, proto/profile.proto).
// Comes from: pprof/cpu, pprof/heap, pprof/counts. Read by `go tool pprof`, promtool, Grafana Pyroscope.
import { gzipSync } from "node:zlib";
import { MessageWriter } from "@narthex/formats";

export type ValueType = { readonly type: string; readonly unit: string };

/** A function at work, as V8 names it; lines count from 0 there, -1 for none. */
export type Frame = { readonly functionName: string; readonly url: string; readonly lineNumber: number };

export type ProfileSample = {
  /** The innermost first. */
  readonly stack: readonly Frame[];
  /** One for each type of the profile. */
  readonly values: readonly number[];
  readonly labels?: Readonly<Record<string, string>>;
};

export type Profile = {
  readonly types: readonly ValueType[];
  readonly samples: readonly ProfileSample[];
  readonly period?: ValueType & { readonly value: number };
  /** ms since 1970. */
  readonly startTime: number;
  readonly durationMs: number;
};

export function encodeProfile(profile: Profile): Uint8Array {
  const table = new SymbolTable();
  const message = new MessageWriter();
  for (const type of profile.types) message.message(1, valueType(table, type));
  for (const sample of profile.samples) message.message(2, encodeSample(table, sample));
  table.write(message);
  message.uint(9, profile.startTime * 1e6).uint(10, Math.round(profile.durationMs * 1e6));
  if (profile.period) {
    const { value } = profile.period;
    message.message(11, valueType(table, profile.period)).uint(12, value);
  }
  table.writeStrings(message);
  return gzipSync(message.finish());
}

function valueType(table: SymbolTable, { type, unit }: ValueType): Uint8Array {
  return new MessageWriter().uint(1, table.text(type)).uint(2, table.text(unit)).finish();
}

function encodeSample(table: SymbolTable, { stack, values, labels = {} }: ProfileSample): Uint8Array {
  const sample = new MessageWriter();
  for (const frame of stack) sample.uint(1, table.location(frame));
  // Zeros stand for themselves: there is one value for each type.
  for (const value of values) sample.enumeration(2, Math.round(value));
  for (const [name, value] of Object.entries(labels)) {
    sample.message(3, new MessageWriter().uint(1, table.text(name)).uint(2, table.text(value)).finish());
  }
  return sample.finish();
}

/** What samples name by number: strings from 0, which is "", places from 1. */
class SymbolTable {
  readonly #texts = new Map<string, number>([["", 0]]);
  readonly #functions = new Map<string, { readonly id: number; readonly frame: Frame }>();

  text(text: string): number {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const index = this.#texts.size;
    this.#texts.set(text, index);
    return index;
  }

  /** A place is a function here: V8 tells where it begins, not where in it. */
  location(frame: Frame): number {
    const key = `${frame.functionName}\n${frame.url}\n${frame.lineNumber}`;
    const known = this.#functions.get(key);
    if (known) return known.id;
    const id = this.#functions.size + 1;
    this.#functions.set(key, { id, frame });
    return id;
  }

  write(message: MessageWriter): void {
    for (const { id, frame } of this.#functions.values()) {
      const line = new MessageWriter()
        .uint(1, id)
        .uint(2, frame.lineNumber + 1)
        .finish();
      message.message(4, new MessageWriter().uint(1, id).message(4, line).finish());
    }
    for (const { id, frame } of this.#functions.values()) {
      const name = this.text(frame.functionName || "(anonymous)");
      const writer = new MessageWriter().uint(1, id).uint(2, name).uint(3, name);
      message.message(
        5,
        writer
          .uint(4, this.text(frame.url))
          .uint(5, frame.lineNumber + 1)
          .finish(),
      );
    }
  }

  writeStrings(message: MessageWriter): void {
    for (const text of this.#texts.keys()) message.message(6, new TextEncoder().encode(text));
  }
}
