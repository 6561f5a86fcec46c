// What analysis says of a query, and the law behind it: labels that a selector does not need may change without changing the answer.
import { compareLabels, type Labels, labelsFrom, labelsFromSorted, type Queryable } from "@narthex/model";
import { expect, test } from "vitest";
import { type Analysis, analyseExpression, type LabelNeed } from "./analyse.js";
import { Engine } from "./engine.js";
import { parseExpression } from "./parse/parser.js";
import { MemoryStorage } from "./promqltest/storage.js";

function printNeeds({ selectors }: Analysis): string[] {
  return selectors.map(({ at, end, labels, metric, start }) => {
    const names = labels === "all" ? "all" : `{${[...labels].sort().join(",")}}`;
    const time = at === undefined ? "" : ` @ ${at}`;
    return `${metric ?? "?"} ${names} ${start / 1000}..${end / 1000}${time}`;
  });
}

test.each([
  ["up", ["up all -300..0"]],
  ['{job="a"}', ["? all -300..0"]],
  ["up offset 1m", ["up all -360..-60"]],
  ["rate(a_total[5m] @ 100)", ["a_total all -300..0 @ 100000"]],
  ["sum(rate(a_total[5m]))", ["a_total {} -300..0"]],
  ["sum by (job) (a) / on (job) b", ["a {job} -300..0", "b {job} -300..0"]],
  ["sum without (job) (a)", ["a all -300..0"]],
  ["sum by (job) (a * on (pod) group_left (node) info)", ["a {job,pod} -300..0", "info {node,pod} -300..0"]],
  ["max_over_time(rate(a[1m])[10m:1m] offset 5m)", ["a all -960..-300"]],
  ["max_over_time(rate(a[1m] @ end())[10m:1m])", ["a all -60..0 @ end"]],
  ["histogram_quantile(0.9, sum by (le, job) (rate(a_bucket[5m])))", ["a_bucket {job,le} -300..0"]],
  ['sum by (host) (label_replace(a, "host", "$1", "instance", "(.*):.*"))', ["a {instance} -300..0"]],
  ["topk by (job) (3, sum by (job, pod) (a))", ["a {job,pod} -300..0"]],
  ["count by (x) (a unless on (job) b)", ["a {job,x} -300..0", "b {job} -300..0"]],
  ["quantile by (x) (scalar(p), a)", ["p {} -300..0", "a {x} -300..0"]],
  ["rate(a[5m] smoothed)", ["a all -600..300"]],
])("%s", (text, expected) => {
  expect(printNeeds(analyseExpression(parseExpression(text)))).toEqual(expected);
});

test("metrics and functions are named once, in order", () => {
  const { functions, metrics } = analyseExpression(parseExpression("rate(b[1m]) + sum(rate(a[1m])) + rate(b[2m])"));
  expect({ functions, metrics }).toEqual({ functions: ["rate", "sum"], metrics: ["a", "b"] });
});

const laws = [
  "sum by (job) (rate(a_total[5m]))",
  "sum(a_total)",
  "count by (zone) (a_total unless on (instance) b)",
  "sum by (zone) (a_total and on (instance) b)",
  "max by (job) (a_total) / on (job) min by (job) (b)",
  "a_total * on (instance) b",
  "sum by (job) (a_total * on (instance) group_left (zone) b)",
  "sum by (zone) (a_total * on (instance) group_left (zone) b)",
  "topk by (job) (1, sum by (job, instance) (a_total))",
  "scalar(sum(a_total)) + max(b)",
  'count by (host) (label_replace(a_total, "host", "$1", "instance", "(.).*"))',
  'sum by (place) (label_join(a_total, "place", "/", "job", "zone"))',
  "absent(gone)",
  'count_values by (job) ("v", b)',
  "quantile by (zone) (0.5, b)",
  "sum by (job) (max_over_time(rate(a_total[1m])[5m:30s]))",
  "sum by (job) (a_total or on (instance) b)",
];

test.each(laws)("%s: other labels do not matter", (text) => {
  const expression = parseExpression(text);
  const analysis = analyseExpression(expression);
  const answer = (queryable: Queryable): unknown => {
    const { value } = new Engine().instant({ expression, queryable, time: 600_000 });
    return value.type === "vector"
      ? value.points.map(({ labels, v }) => ({ labels, v })).sort((a, b) => compareLabels(a.labels, b.labels))
      : value;
  };
  const storage = sampleStorage();
  const expected = answer(storage);
  expect(answer(withOtherLabels(storage, analysis))).toEqual(expected);
  expect(expected).not.toEqual([]);
});

function sampleStorage(): MemoryStorage {
  const storage = new MemoryStorage();
  for (const [i, instance] of ["a:1", "b:1", "c:2"].entries()) {
    for (const __name__ of ["a_total", "b"]) {
      if (__name__ === "b" && i === 2) continue;
      const labels = labelsFrom({ __name__, instance, job: i < 2 ? "api" : "db", zone: i === 1 ? "west" : "east" });
      for (let t = 0; t <= 600_000; t += 15_000) storage.append(labels, { t, value: 10 + (t / 1000) * (i + 1) });
    }
  }
  return storage;
}

/** Another value for every label that the selector at work does not need; series stay apart. */
function withOtherLabels(storage: Queryable, { selectors }: Analysis): Queryable {
  return {
    querier(range) {
      const querier = storage.querier(range);
      return {
        ...querier,
        labelNames: (query) => querier.labelNames(query),
        labelValues: (name, query) => querier.labelValues(name, query),
        close: () => querier.close(),
        select(selection) {
          const need = selectors.find(({ matchers }) => matchers === selection.matchers)?.labels;
          expect(need).toBeDefined();
          return querier.select(selection).map((source) => ({
            labels: changed(source.labels, need as LabelNeed),
            read: (columns) => source.read(columns),
          }));
        },
      };
    },
  };
}

function changed(labels: Labels, need: LabelNeed): Labels {
  const flat = labels.map((text, i) => {
    const name = labels[i - (i % 2)] as string;
    return i % 2 === 1 && need !== "all" && !need.has(name) ? `${text}-changed` : text;
  });
  return labelsFromSorted(flat);
}
