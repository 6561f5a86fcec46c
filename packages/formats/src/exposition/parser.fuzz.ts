// Mutated bodies: whatever the bytes, a parser either fills the columns or throws ParseError.
import { encodeUtf8, type Random, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { ExpositionColumns } from "./columns.js";
import type { ExpositionFormat } from "./format.js";
import { ParseError } from "./parse-error.js";
import { scanExposition } from "./parser.js";
import { SeriesCache } from "./series-cache.js";
import type { RowOptions } from "./sink.js";
import { exampleBodies } from "./testdata/bodies.js";

const seed = Number(process.env["SEED"] ?? 7);
const steps = Number(process.env["STEPS"] ?? 1500);

const interesting = encodeUtf8('{}",=\\# \n\t0.e+-NaNEOF\0').map((byte) => byte);

function mutate(body: Uint8Array, random: Random): Uint8Array {
  const bytes = [...body];
  for (let n = 1 + Math.floor(random() * 4); n > 0; n--) {
    const at = Math.floor(random() * bytes.length);
    const byte = random() < 0.7 ? interesting[Math.floor(random() * interesting.length)]! : Math.floor(random() * 256);
    if (random() < 0.4) bytes[at] = byte;
    else if (random() < 0.5) bytes.splice(at, 0, byte);
    else bytes.splice(at, 1 + Math.floor(random() * 8));
  }
  return Uint8Array.from(bytes);
}

/** Any way to read rows that can be read in two. */
function anyOptions(random: Random): RowOptions {
  const oneOf = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  return {
    nativeHistograms: oneOf(["only", "both", "ignore"]),
    classicHistograms: oneOf(["keep", "convert", "both"]),
    readsCreated: oneOf([true, false]),
  };
}

function readAll(into: ExpositionColumns): void {
  for (let row = 0; row < into.count; row++) {
    into.labelsAt(row);
    into.familyAt(row);
  }
  for (let i = 0; i < into.metadata.count; i++) into.metadataAt(i);
  for (const exemplar of into.exemplars) into.exemplarLabels(exemplar);
}

function lineLengths(bytes: Uint8Array): number[] {
  return Buffer.from(bytes)
    .toString("latin1")
    .split("\n")
    .map((line) => line.length);
}

/** A fault stands on a byte of its line, on the line's end, or at the end of the body. */
function expectPlaceIn(lines: readonly number[], { line, column, message }: ParseError): void {
  expect(line, message).toBeGreaterThanOrEqual(1);
  expect(line, message).toBeLessThanOrEqual(lines.length);
  expect(column, message).toBeGreaterThanOrEqual(1);
  expect(column, message).toBeLessThanOrEqual((lines[line - 1] as number) + 1);
}

it.each(Object.entries(exampleBodies) as [ExpositionFormat, Uint8Array][])(
  `%s: a mutated body parses or throws ParseError (seed ${seed})`,
  (format, body) => {
    const random = randomFrom(seed);
    const into = new ExpositionColumns();
    const cache = new SeriesCache();
    let refused = 0;
    for (let step = 0; step < steps; step++) {
      const mutated = mutate(body, random);
      try {
        scanExposition(mutated, format, { into, cache, ...anyOptions(random) });
        readAll(into);
      } catch (error) {
        if (!(error instanceof ParseError)) throw error;
        expectPlaceIn(format === "PrometheusProto" ? [mutated.length] : lineLengths(mutated), error);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(0);
    scanExposition(body, format, { into, cache });
    expect(into.count).toBeGreaterThan(0);
  },
);
