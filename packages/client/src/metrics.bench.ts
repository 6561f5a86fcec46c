// What instrumentation costs the program, per call, and an exposition per series.
// Small within tests; `npm run bench -- client` takes the real size.
import { expect, it } from "vitest";
import { Counter } from "./counter.js";
import { Gauge } from "./gauge.js";
import { Histogram } from "./histogram.js";
import { Registry } from "./registry.js";
import { Summary } from "./summary.js";

const isReal = process.env["BENCH"] === "1";
const calls = isReal ? 2_000_000 : 100;
const series = isReal ? 100_000 : 100;

function report(name: string, count: number, start: NodeJS.CpuUsage): void {
  const { user, system } = process.cpuUsage(start);
  if (isReal) console.log(`${name}: ${(((user + system) * 1000) / count).toFixed(1)} ns`);
}

function measure(name: string, call: (n: number) => void): void {
  const start = process.cpuUsage();
  for (let n = 0; n < calls; n++) call(n);
  report(name, calls, start);
}

it("counts, observes and prints", async () => {
  const registry = new Registry();
  const registers = [registry];
  const counter = new Counter({ name: "c_total", help: "C.", labelNames: ["a", "b", "c"], registers });
  const histogram = new Histogram({ name: "h", help: "H.", labelNames: ["a", "b", "c"], registers });
  const summary = new Summary({ name: "s", help: "S.", registers });
  const labels = { a: "1", b: "2", c: "3" };
  const child = counter.labels(labels);
  measure("inc of a bound child", () => child.inc());
  measure("inc with three labels", () => counter.inc(labels));
  measure("observe with three labels", (n) => histogram.observe(labels, n % 10));
  measure("observe of a summary", (n) => summary.observe(n % 1000));
  const gauge = new Gauge({ name: "g", help: "G.", labelNames: ["n", "path"], registers });
  for (let n = 0; n < series; n++) gauge.set({ n, path: "/some/path" }, n);
  const start = process.cpuUsage();
  const text = await registry.metrics();
  report("print a series", series, start);
  expect(text).toContain(`c_total{a="1",b="2",c="3"} ${calls === 100 ? "200" : "4e+06"}\n`);
});
