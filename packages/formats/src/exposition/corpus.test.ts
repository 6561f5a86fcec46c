// Real scrape bodies: the scan kernel, the full parser and protobuf read the same samples out of them, and what is written
// from them reads as the same again. Spoilt ones fail alike whichever way they are read.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Random, randomFrom } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { ExpositionColumns } from "./columns.js";
import { exposeFamilies } from "./expose.js";
import { familiesFrom } from "./families.js";
import type { ExpositionFormat } from "./format.js";
import { ParseError } from "./parse-error.js";
import { parseExposition, scanExposition } from "./parser.js";
import { SeriesCache } from "./series-cache.js";

const corpora = process.env["CORPORA"] ?? fileURLToPath(new URL("../../../../../shared/corpora", import.meta.url));
const folder = `${corpora}/exposition`;
const seed = Number(process.env["SEED"] ?? 9);
const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 40);

const bodies = existsSync(folder)
  ? readdirSync(folder).map((name): [string, ExpositionFormat, Uint8Array] => {
      const format = name.includes(".om.") ? "OpenMetricsText1.0.0" : "PrometheusText0.0.4";
      return [name, format, readFileSync(`${folder}/${name}`)];
    })
  : [];

function samplesIn(columns: ExpositionColumns): string[] {
  return Array.from(
    { length: columns.count },
    (_, row) => `${columns.labelsAt(row).join(" ")} = ${columns.v[row]} @${columns.t[row]}`,
  );
}

/** The samples, or where and how it failed. */
function outcomeOf(read: (into: ExpositionColumns) => void): string[] {
  const into = new ExpositionColumns();
  try {
    read(into);
    return samplesIn(into);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return [`${error.line}:${error.column}: ${error.message}`];
  }
}

function spoil(body: Uint8Array, random: Random): Uint8Array {
  const spoilt = Uint8Array.from(body);
  const at = Math.floor(random() * spoilt.length);
  if (random() < 0.3) return spoilt.subarray(0, at);
  spoilt[at] = random() < 0.5 ? Math.floor(random() * 256) : '\n"{}=, #'.charCodeAt(Math.floor(random() * 8));
  return spoilt;
}

const formats: readonly [accept: string, format: ExpositionFormat][] = [
  ["text/plain;version=0.0.4", "PrometheusText0.0.4"],
  ["application/openmetrics-text;version=1.0.0;escaping=allow-utf-8", "OpenMetricsText1.0.0"],
  [
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8",
    "PrometheusProto",
  ],
];

describe.runIf(bodies.length > 0)("the exposition corpus (needs CORPORA)", () => {
  it.each(bodies)("%s is read alike by kernel and parser", (_, format, body) => {
    const cache = new SeriesCache();
    const parsed = outcomeOf((into) => parseExposition(body, format, into));
    expect(parsed.length).toBeGreaterThan(10);
    for (let scrape = 0; scrape < 3; scrape++) {
      expect(outcomeOf((into) => scanExposition(body, format, { into, cache }))).toEqual(parsed);
    }
  });

  it.each(bodies)("%s is written and read as the same in every format", (_, format, body) => {
    const into = new ExpositionColumns();
    parseExposition(body, format, into);
    const parsed = samplesIn(into).sort();
    const families = familiesFrom(into);
    for (const [accept, written] of formats) {
      const exposed = exposeFamilies(families, accept);
      const read = outcomeOf((again) => parseExposition(exposed.body, written, again));
      expect([written, read.sort()]).toEqual([written, parsed]);
    }
  });

  it.each(bodies)(`%s, spoilt, fails alike by kernel and parser, with its place (seed ${seed})`, (_, format, body) => {
    const random = randomFrom(seed);
    const cache = new SeriesCache();
    scanExposition(body, format, { into: new ExpositionColumns(), cache });
    let refused = 0;
    for (let round = 0; round < rounds; round++) {
      const spoilt = spoil(body, random);
      const parsed = outcomeOf((into) => parseExposition(spoilt, format, into));
      expect(outcomeOf((into) => scanExposition(spoilt, format, { into, cache }))).toEqual(parsed);
      if (/^\d+:\d+: /.test(parsed[0] ?? "")) refused++;
    }
    expect(refused).toBeGreaterThan(0);
  });
});
