import { describe, expect, it } from "vitest";
import { Counter } from "./counter.js";
import { Gauge } from "./gauge.js";
import { Registry, register } from "./registry.js";

describe("registries", () => {
  it("hold one metric per name", () => {
    const registry = new Registry();
    const first = new Gauge({ name: "a", help: "A.", registers: [registry] });
    expect(() => new Counter({ name: "a", help: "B.", registers: [registry] })).toThrow(
      "A metric with the name a has already been registered.",
    );
    registry.registerMetric(first);
    expect(registry.getSingleMetric("a")).toBe(first);
    registry.removeSingleMetric("a");
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it("join the default one when none is named", () => {
    const gauge = new Gauge({ name: "only_in_default", help: "A." });
    expect(register.getSingleMetric("only_in_default")).toBe(gauge);
    register.removeSingleMetric("only_in_default");
  });

  it("put default labels where a series has none of that name", async () => {
    const registry = new Registry();
    registry.setDefaultLabels({ app: "x", zone: "z" });
    new Gauge({ name: "a", help: "A.", labelNames: ["app"], registers: [registry] }).set({ app: "own" }, 1);
    new Gauge({ name: "b", help: "B.", registers: [registry] });
    expect(await registry.metrics()).toBe(
      '# HELP a A.\n# TYPE a gauge\na{app="own",zone="z"} 1\n# HELP b B.\n# TYPE b gauge\nb{app="x",zone="z"} 0\n',
    );
    expect(() => registry.setDefaultLabels({ "a-b": "c" })).toThrow("Invalid label name: a-b");
  });

  it("merge, each with its own default labels", async () => {
    const a = new Registry();
    const b = new Registry();
    a.setDefaultLabels({ from: "a" });
    new Gauge({ name: "a", help: "A.", registers: [a] }).set(1);
    new Gauge({ name: "b", help: "B.", registers: [b] }).set(2);
    const text = await Registry.merge([a, b]).metrics();
    expect(text).toContain('a{from="a"} 1\n');
    expect(text).toContain("b 2\n");
    new Gauge({ name: "b", help: "B.", registers: [a] });
    expect(() => Registry.merge([a, b])).toThrow("already been registered");
  });

  it("reset values and forget metrics", async () => {
    const registry = new Registry();
    new Gauge({ name: "a", help: "A.", registers: [registry] }).set(1);
    registry.resetMetrics();
    expect(await registry.metrics()).toContain("a 0\n");
    registry.clear();
    expect(await registry.metrics()).toBe("");
  });
});
