import { describe, expect, it } from "vitest";
import {
  compareLabels,
  dropLabels,
  fingerprint,
  keepLabels,
  labelsFrom,
  labelsFromEntries,
  labelsKey,
  labelsToRecord,
  labelValue,
  printLabels,
  withLabel,
} from "./labels.js";

describe("label sets", () => {
  it("are sorted, unique and without empty values", () => {
    expect([
      ...labelsFromEntries([
        ["b", "1"],
        ["a", "2"],
        ["c", ""],
        ["b", "3"],
      ]),
    ]).toEqual(["a", "2", "b", "3"]);
  });

  it("set and remove labels", () => {
    const labels = labelsFrom({ a: "1", c: "3" });
    expect(labelsToRecord(withLabel(labels, "b", "2"))).toEqual({ a: "1", b: "2", c: "3" });
    expect(labelsToRecord(withLabel(labels, "a", ""))).toEqual({ c: "3" });
    expect(labelValue(labels, "c")).toBe("3");
    expect(labelValue(labels, "nope")).toBe("");
    expect([...keepLabels(labels, new Set(["a", "x"]))]).toEqual(["a", "1"]);
    expect([...dropLabels(labels, new Set(["a", "x"]))]).toEqual(["c", "3"]);
  });

  it("may be called __proto__", () => {
    const labels = labelsFromEntries([["__proto__", "x"]]);
    expect(Object.entries(labelsToRecord(labels))).toEqual([["__proto__", "x"]]);
  });

  it("have different keys when they differ", () => {
    expect(labelsKey(labelsFrom({ a: "b" }))).not.toBe(labelsKey(labelsFrom({ ab: "" })));
    expect(labelsKey(labelsFrom({ a: "1", b: "2" }))).toBe(labelsKey(labelsFrom({ b: "2", a: "1" })));
  });

  it("are ordered name by name, then value by value, shorter first", () => {
    const sets = [{ a: "1" }, { a: "1", b: "1" }, { a: "2" }, { b: "0" }].map(labelsFrom);
    for (const [i, x] of sets.entries()) {
      for (const [j, y] of sets.entries()) expect(Math.sign(compareLabels(x, y))).toBe(Math.sign(i - j));
    }
  });

  // Fingerprints as Debian's Alertmanager 0.25 reports them.
  it("have Prometheus' fingerprint", () => {
    expect(fingerprint(labelsFrom({}))).toBe("cbf29ce484222325");
    expect(fingerprint(labelsFrom({ alertname: "x" }))).toHaveLength(16);
  });

  it.each<[Record<string, string>, string]>([
    [{}, "{}"],
    [{ __name__: "up" }, "up"],
    [{ __name__: "up", job: 'a"b\\c\nd' }, 'up{job="a\\"b\\\\c\\nd"}'],
    [{ __name__: "my.metric", "label.x": "ü" }, '{__name__="my.metric", "label.x"="ü"}'],
  ])("%j prints as %s", (record, text) => expect(printLabels(labelsFrom(record))).toBe(text));
});
