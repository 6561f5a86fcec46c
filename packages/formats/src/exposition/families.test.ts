import { printFloatG } from "@narthex/stdx";
import { expect, test } from "vitest";
import { ExpositionColumns } from "./columns.js";
import { familiesFrom } from "./families.js";
import { parseExposition } from "./parser.js";
import { printExposition } from "./printer.js";

function read(text: string): ReturnType<typeof familiesFrom> {
  const columns = new ExpositionColumns();
  parseExposition(new TextEncoder().encode(text), "PrometheusText0.0.4", columns);
  return familiesFrom(columns);
}

function check(text: string, expected = text): void {
  expect(printExposition(read(text), { format: "PrometheusText0.0.4", escaping: "underscores" })).toBe(expected);
}

test("families of every type come back as they were printed", () => {
  check('# HELP c How many.\n# TYPE c counter\nc{a="1"} 3\nc{a="2"} 4 1700000000000\n');
  check("# TYPE g gauge\ng 1.5\n# TYPE u untyped\nu NaN\n");
  check(
    '# TYPE h histogram\nh_bucket{a="x",le="0.5"} 1\nh_bucket{a="x",le="+Inf"} 3\nh_sum{a="x"} 5\nh_count{a="x"} 3\n',
  );
  check('# TYPE s summary\ns{quantile="0.5"} 1\ns{quantile="0.9"} 2\ns_sum 7\ns_count 3\n');
});

test("samples of one metric need not stand together", () => {
  check(
    '# TYPE s summary\ns_count{a="1"} 1\ns_count{a="2"} 2\ns_sum{a="2"} 4\ns_sum{a="1"} 3\n',
    '# TYPE s summary\ns_sum{a="1"} 3\ns_count{a="1"} 1\ns_sum{a="2"} 4\ns_count{a="2"} 2\n',
  );
});

test("names that only look like parts are families of their own", () => {
  check("# TYPE a counter\na 1\n# TYPE a_count untyped\na_count 2\n");
  check("a_sum 2\n", "# TYPE a_sum untyped\na_sum 2\n");
});

test("families without samples are left out, equal metrics stay two", () => {
  check("# TYPE none gauge\n# TYPE g gauge\ng 1\ng 2\n", "# TYPE g gauge\ng 1\ng 2\n");
});

test("what does not add up is refused with its line", () => {
  const refuse = (text: string, message: string, line: number): void => {
    expect(() => read(text)).toThrowError(expect.objectContaining({ message, line }));
  };
  refuse(
    "# TYPE a gauge\na 1\n# TYPE a gauge\n",
    'second TYPE line for metric name "a", or TYPE reported after samples',
    3,
  );
  refuse("a 1\n# TYPE a gauge\n", 'second TYPE line for metric name "a", or TYPE reported after samples', 2);
  refuse("# HELP a x\n# HELP a y\na 1\n", 'second HELP line for metric name "a"', 2);
  refuse('# TYPE h histogram\nh_bucket{le="x"} 1\n', "expected float as value for 'le' label, got \"x\"", 2);
});

test("counts beyond the integers stay floats", () => {
  check(`# TYPE c counter\nc ${printFloatG(1e21)}\n`);
});
