import { encodeUtf8 } from "@narthex/stdx";
import { describe, expect, it } from "vitest";
import { ExpositionColumns } from "./columns.js";
import { ParseError } from "./parse-error.js";
import { parseExposition } from "./parser.js";

const into = new ExpositionColumns();

/** One line per row: labels, value, timestamp; or the error. */
function parsed(body: string | Uint8Array): string[] {
  const bytes = typeof body === "string" ? encodeUtf8(body) : body;
  try {
    parseExposition(bytes, "PrometheusText0.0.4", into);
    return Array.from({ length: into.count }, (_, row) => printRow(row));
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return [`${error.line}:${error.column} ${error.message}`];
  }
}

function printRow(row: number): string {
  const t = Number.isNaN(into.t[row]) ? "" : ` @${into.t[row]}`;
  return `${into.labelsAt(row).join(" ")} = ${into.v[row]}${t}`;
}

function check(body: string, ...expected: string[]): void {
  expect(parsed(body), body).toEqual(expected);
}

describe("lines that are samples", () => {
  it("reads names, labels, values and timestamps", () => {
    check("a 1", "__name__ a = 1");
    check("a 1 1\n", "__name__ a = 1 @1");
    check("a:b_c1 -1.5e3 123456\n", "__name__ a:b_c1 = -1500 @123456");
    check('a{c="2",b="1"} 1\n', "__name__ a b 1 c 2 = 1");
    check("a{} 1\nb 2\n", "__name__ a = 1", "__name__ b = 2");
    check("a+1\n", "__name__ a = 1");
  });

  it("allows blanks between tokens and a trailing comma", () => {
    check("  a  1  \n", "__name__ a = 1");
    check("\ta\t1\t2\t\n", "__name__ a = 1 @2");
    check('a { b = "c" , d="e" , } 1 2\n', "__name__ a b c d e = 1 @2");
    check('a{b="c"}1\n', "__name__ a b c = 1");
  });

  it("undoes the escapes of label values, and leaves what is none", () => {
    check('a{b="x\\"y\\\\z\\n"} 1\n', '__name__ a b x"y\\z\n = 1');
    check('a{b="\\foo\\"} 1\n"} 1\n', '__name__ a b \\foo"} 1\n = 1');
    check('a{b="c\nd"} 1\n', "__name__ a b c\nd = 1");
    check('a{b="\0"} 1\n', "__name__ a b \0 = 1");
  });

  it("reads quoted UTF-8 names of metrics and labels", () => {
    check('{"a.b"} 1\n', "__name__ a.b = 1");
    check('{"a.b", "c d"="e", f="g"} 1\n', "__name__ a.b c d e f g = 1");
    check('{q="0.9","http.status",a="b"} 1\n', "__name__ http.status a b q 0.9 = 1");
  });

  it("drops labels with an empty value", () => {
    check('a{b="",c="d"} 1\n', "__name__ a c d = 1");
  });

  it("reads every form of number that Go's ParseFloat knows, but for underscores and binary exponents", () => {
    check("a Inf\na -inf\na +Infinity\n", "__name__ a = Infinity", "__name__ a = -Infinity", "__name__ a = Infinity");
    check("a nan\n", "__name__ a = NaN");
    check("a .5\na 5.\na 0001\n", "__name__ a = 0.5", "__name__ a = 5", "__name__ a = 1");
    check("a 9223372036854775808\n", "__name__ a = 9223372036854776000");
    check("a 1.7976931348623157e308\n", "__name__ a = 1.7976931348623157e+308");
    check("a 0.1\na 123456789.123456\n", "__name__ a = 0.1", "__name__ a = 123456789.123456");
  });
});

describe("le and quantile", () => {
  it("are rewritten as floats under a type that has them", () => {
    const body =
      '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="2.50"} 1\nh_bucket{le="+Inf"} 1\nh_bucket{le="x"} 1\n';
    check(
      body,
      "__name__ h_bucket le 1.0 = 1",
      "__name__ h_bucket le 2.5 = 1",
      "__name__ h_bucket le +Inf = 1",
      "__name__ h_bucket le x = 1",
    );
    check('# TYPE s summary\ns{quantile="1"} 1\ns{le="1"} 2\n', "__name__ s quantile 1.0 = 1", "__name__ s le 1 = 2");
    check('# TYPE g gauge\ng{le="1"} 1\n', "__name__ g le 1 = 1");
    check('# TYPE h histogram\nh_bucket{le="1000000"} 1\n', "__name__ h_bucket le 1e+06 = 1");
  });
});

describe("metadata and comments", () => {
  function metadata(body: string): string[] {
    parseExposition(encodeUtf8(body), "PrometheusText0.0.4", into);
    return Array.from({ length: into.metadata.count }, (_, i) => {
      const { kind, name, text } = into.metadataAt(i);
      return `${into.metadata.rows[i]} ${kind} ${name}: ${text}`;
    });
  }

  it("keeps HELP and TYPE with the row that follows", () => {
    const body = "# HELP a one\n# TYPE a counter\na 1\n# TYPE b untyped\nb 1\n";
    expect(metadata(body)).toEqual(["0 help a: one", "0 type a: counter", "1 type b: unknown"]);
  });

  it("undoes the escapes of help texts, where a quote is none", () => {
    expect(metadata('# HELP a x\\ny\\\\z\\"\n# HELP b\n')).toEqual(['0 help a: x\ny\\z\\"', "0 help b: "]);
  });

  it("takes every other line that starts with # as a comment", () => {
    expect(metadata("#HELP a b\n# HELPa b\n# FOO\n#\n# HELP\n# UNIT a b\n# EOF\n")).toEqual([]);
  });

  it("names the type in force at a row", () => {
    parseExposition(encodeUtf8("a 1\n# TYPE b gauge\nb 1\n# HELP c x\nc 1\n"), "PrometheusText0.0.4", into);
    expect([0, 1, 2].map((row) => into.typeAt(row))).toEqual(["unknown", "gauge", "gauge"]);
  });
});

describe("bodies that are refused whole, with Prometheus' text and a position", () => {
  it.each([
    ["a\n", '1:2 expected value after metric, got "\\n" ("INVALID") while parsing: "a\\n"'],
    ["a{b='c'} 1\n", '1:5 expected label value, got "\'" ("INVALID") while parsing: "a{b=\'"'],
    ['b 1\na{b=""c=""} 1\n', '2:7 expected comma or brace close, got "c=" ("LNAME") while parsing: "a{b=\\"\\"c="'],
    [
      'empty_label_name{=""} 0',
      '1:18 expected label name, got "=\\"" ("EQUAL") while parsing: "empty_label_name{=\\""',
    ],
    ["a{,} 1\n", '1:3 expected label name, got ",}" ("COMMA") while parsing: "a{,}"'],
    ["a{b} 1\n", '1:4 expected equal, got "} " ("BCLOSE") while parsing: "a{b} "'],
    ["foo 1_2\n", '1:5 unsupported character in float while parsing: "foo 1_2"'],
    ["foo 0x1p-3\n", '1:5 unsupported character in float while parsing: "foo 0x1p-3"'],
    ["a true\n", '1:3 strconv.ParseFloat: parsing "true": invalid syntax while parsing: "a true"'],
    ["a 1e999\n", '1:3 strconv.ParseFloat: parsing "1e999": value out of range while parsing: "a 1e999"'],
    ["foo 0 1_2\n", '1:8 expected next entry after timestamp, got "_" ("INVALID") while parsing: "foo 0 1_"'],
    ["a 1{\n", '1:4 expected timestamp or new record, got "{" ("INVALID") while parsing: "a 1{"'],
    ['{a="ok"} 1\n', '1:1 metric name not set while parsing: "{a=\\"ok\\"}"'],
    ['a{"b"} 1\n', '1:3 metric name already set while parsing: "a{\\"b\\""'],
    ["# TYPE #\n", '1:8 expected metric name after TYPE, got "#" ("INVALID") while parsing: "# TYPE #"'],
    ["# TYPE a unknown\n", '1:10 invalid metric type "unknown"'],
    ["9 1\n", '1:1 expected a valid start token, got "9" ("INVALID") while parsing: "9"'],
    ['a{a="1",a="2"} 1\n', '1:1 label name "a" is not unique: invalid sample'],
    [
      "a 1 99999999999999999999\n",
      '1:5 strconv.ParseInt: parsing "99999999999999999999": value out of range while parsing: "a 1 99999999999999999999"',
    ],
  ])("%j", (body, expected) => {
    const [first, ...rest] = parsed(body);
    expect([first, rest]).toEqual([expected, []]);
  });

  it("takes no text that is not UTF-8", () => {
    expect(parsed(Uint8Array.of(...encodeUtf8('a{b="'), 0xff, ...encodeUtf8('"} 1')))[0]).toMatch(/^1:5 invalid UTF-8/);
    expect(parsed(Uint8Array.of(...encodeUtf8("# HELP a "), 0xff))[0]).toMatch(/is not a valid utf8 string$/);
  });

  it("takes no body longer than bytesMax", () => {
    const small = new ExpositionColumns({ bytesMax: 4 });
    parseExposition(encodeUtf8("a 1\n"), "PrometheusText0.0.4", small);
    expect(() => parseExposition(encodeUtf8("a 12\n"), "PrometheusText0.0.4", small)).toThrow("longer than 4 bytes");
  });

  it("repeats at most faultTextBytesMax of the body", () => {
    expect(parsed(`a{b="${"x".repeat(5000)}`)[0]?.length).toBeLessThan(2500);
  });
});
