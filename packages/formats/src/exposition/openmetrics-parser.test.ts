import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { encodeUtf8 } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { ExpositionColumns } from "./columns.js";
import { ParseError } from "./parse-error.js";
import { parseExposition } from "./parser.js";

const into = new ExpositionColumns();

/** The error, or undefined for a body that parses to its last label. */
function faultOf(body: Uint8Array): string | undefined {
  try {
    parseExposition(body, "OpenMetricsText1.0.0", into);
    for (let row = 0; row < into.count; row++) into.labelsAt(row);
    return undefined;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return error.message;
  }
}

function refuses(body: string, message: string): void {
  expect(faultOf(encodeUtf8(body)), body).toBe(message);
}

describe("samples", () => {
  it("reads timestamps in seconds as milliseconds, cut off", () => {
    parseExposition(encodeUtf8("a 1 1.5\nb 2\nc 3 -1.0009\n# EOF\n"), "OpenMetricsText1.0.0", into);
    expect([...into.t.subarray(0, 3)]).toEqual([1500, NaN, -1000]);
    expect(into.hasTimestamps).toBe(true);
  });

  it("reads exemplars with and without timestamp", () => {
    const body = 'a_total 1 # {id="x",b=" # "} 0.5\nb_bucket{le="1"} 2 3 # {} 4 5.5\n# EOF\n';
    parseExposition(encodeUtf8(body), "OpenMetricsText1.0.0", into);
    const read = into.exemplars.map((exemplar) => [
      exemplar.row,
      into.exemplarLabels(exemplar).join(" "),
      exemplar.v,
      exemplar.t,
    ]);
    expect(read).toEqual([
      [0, "b  #  id x", 0.5, NaN],
      [1, "", 4, 5500],
    ]);
  });

  it("reads metadata, its escapes undone", () => {
    const body = '# TYPE a_s counter\n# UNIT a_s s\n# HELP a_s "q\\"\\n\na_s_total 1\n# EOF\n';
    parseExposition(encodeUtf8(body), "OpenMetricsText1.0.0", into);
    expect([0, 1, 2].map((i) => into.metadataAt(i))).toEqual([
      { kind: "type", name: "a_s", text: "counter" },
      { kind: "unit", name: "a_s", text: "s" },
      { kind: "help", name: "a_s", text: '"q"\n' },
    ]);
  });

  it("reads quoted names", () => {
    parseExposition(encodeUtf8('# TYPE "a.b" gauge\n{"a.b","c.d"="e"} 1\n# EOF\n'), "OpenMetricsText1.0.0", into);
    expect(into.labelsAt(0)).toEqual(["__name__", "a.b", "c.d", "e"]);
    expect(into.metadataAt(0).name).toBe("a.b");
  });
});

describe("bodies that are refused", () => {
  it("says what Prometheus says", () => {
    refuses("", "data does not end with # EOF");
    refuses("metric 1", "data does not end with # EOF");
    refuses("metric 1\n", "data does not end with # EOF");
    refuses("# EOF\n\n", "unexpected data after # EOF");
    refuses("\n# EOF\n", 'expected a valid start token, got "\\n" ("INVALID") while parsing: "\\n"');
    refuses("#\tTYPE c counter\n", 'expected a valid start token, got "#\\t" ("INVALID") while parsing: "#\\t"');
    refuses("# TYPE c counter \n", 'invalid metric type "counter "');
    refuses("# TYPE m\n", 'expected text in TYPE, got "\\n" ("INVALID") while parsing: "# TYPE m\\n"');
    refuses("# UNIT m suffix\n", 'unit "suffix" not a suffix of metric "m"');
    refuses("a\t1\n", 'expected value after metric, got "\\t" ("INVALID") while parsing: "a\\t"');
    refuses("a 1 2 \n", 'expected next entry after timestamp, got " \\n" ("INVALID") while parsing: "a 1 2 \\n"');
    refuses("a 1 2 #\n", 'expected next entry after timestamp, got " #\\n" ("TIMESTAMP") while parsing: "a 1 2 #\\n"');
    refuses("a 1 Inf\n", "invalid timestamp +Inf");
    refuses('a 1 # {"b"} 1\n', 'expected label name, got "} " ("BCLOSE") while parsing: "a 1 # {\\"b\\"} "');
    refuses(
      'a_total 1 # {aa="bb"}\n',
      `expected value after exemplar labels, got "\\n" ("INVALID") while parsing: ${JSON.stringify('a_total 1 # {aa="bb"}\n')}`,
    );
  });
});

const corpus = process.env["CORPORA"] ?? fileURLToPath(new URL("../../../../../shared/corpora", import.meta.url));
const vectors = `${corpus}/openmetrics`;

// What the OpenMetrics project calls wrong and Prometheus takes: faults of whole families, of values that a type does not
// allow, of repeated or misplaced metadata. The rest of its negative vectors must be refused.
const taken =
  /^bad_(clashing_names|counter_values|exemplar_complex_chars|exemplars_6|exemplars_on_unallowed|grouping_or_ordering_(0|10|[2-9])|histograms_([0-36-9]|1\d)|info_and_stateset|metadata_in_wrong_place|missing_or_extra_commas_2|missing_or_invalid_labels|repeated_metadata_[013]|stateset_info_values|unit_[67])/;

describe.runIf(existsSync(vectors))("the OpenMetrics corpus (needs CORPORA)", () => {
  const names = existsSync(vectors) ? readdirSync(vectors) : [];

  it("parses every vector that should parse", () => {
    const positives = names.filter((name) => !name.startsWith("bad_"));
    expect(positives.map((name) => [name, faultOf(readFileSync(`${vectors}/${name}/metrics`))])).toEqual(
      positives.map((name) => [name, undefined]),
    );
    expect(positives.length).toBe(44);
  });

  it("refuses exactly the negatives that Prometheus refuses", () => {
    const negatives = names.filter((name) => name.startsWith("bad_"));
    const refused = negatives.filter((name) => faultOf(readFileSync(`${vectors}/${name}/metrics`)) !== undefined);
    expect(refused).toEqual(negatives.filter((name) => !taken.test(name)));
  });
});
