import { describe, expect, it } from "vitest";
import { d, parseYamlFile } from "./decode.js";
import { printYaml } from "./print.js";

const decoder = d.object("config.plain", {
  name: d.string,
  interval: d.withDefault(d.duration, 60_000),
  limit: d.optional(d.integer),
  enabled: d.withDefault(d.boolean, true),
  password: d.optional(d.secret),
  labels: d.withDefault(d.map(d.string), {}),
  jobs: d.withDefault(
    d.list(d.object("config.Job", { job: d.string, mode: d.withDefault(d.oneOf(["a", "b"]), "a") })),
    [],
  ),
});

function mistakes(text: string): string {
  try {
    parseYamlFile("f.yml", text, decoder);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("parseYamlFile", () => {
  it("decodes with defaults", () => {
    expect(
      parseYamlFile("f.yml", "name: x\ninterval: 1h30m\nlabels: {a: 1, b: yes}\njobs: [{job: j}]", decoder),
    ).toEqual({
      name: "x",
      interval: 5_400_000,
      limit: undefined,
      enabled: true,
      password: undefined,
      labels: { a: "1", b: "yes" },
      jobs: [{ job: "j", mode: "a" }],
    });
  });

  it("follows anchors, aliases and merge keys", () => {
    const text = "name: x\njobs:\n- &base {job: one, mode: b}\n- {<<: *base, job: two}\n- *base";
    expect(parseYamlFile("f.yml", text, decoder).jobs).toEqual([
      { job: "one", mode: "b" },
      { job: "two", mode: "b" },
      { job: "one", mode: "b" },
    ]);
  });

  it.each([
    "name: x\njobs: [\n{job: one},\n{job: two}\n]\nlimit: 5",
    "name: x\njobs: [{\n  job: one\n}, {\njob: two}]\nlimit: 5",
    "jobs:\n    [\n  {job: one},\n # said\n {job: 'two'\n}\n]\nname: x\nlimit: 5",
    "name: x\nlimit: 5\njobs:\n- job: one\n- {\n job:\n two\n }",
    "limit: 5\njobs: [{job: one}, {job: \"tw\\\n\\x6f\"}]\nname: 'x'",
  ])("takes the lines of a flow collection at any indentation: %j", (text) => {
    const jobs = [
      { job: "one", mode: "a" },
      { job: "two", mode: "a" },
    ];
    expect(parseYamlFile("f.yml", text, decoder)).toMatchObject({ name: "x", limit: 5, jobs });
  });

  it("refuses what is no text, at its place", () => {
    const bytes = Buffer.from('name: x\nlabels: {a: "caf\xe9"}\n', "latin1");
    expect(() => parseYamlFile("f.yml", bytes, decoder)).toThrow("f.yml:2:17: yaml: invalid UTF-8");
    expect(parseYamlFile("f.yml", Buffer.from("name: \u{1f600}\ufffd\u0085"), decoder).name).toContain(
      "\u{1f600}\ufffd",
    );
    expect(mistakes('name: x\nlabels: {a: "b\x01"}')).toBe("f.yml:2:15: yaml: control characters are not allowed");
  });

  it("takes the lines of a quoted text at any indentation", () => {
    const text = "labels:\n    a: \"one\n two\n\nthree\"\n    b: 'four\nfive'\nname: x\n";
    expect(parseYamlFile("f.yml", text, decoder).labels).toEqual({ a: "one two\nthree", b: "four five" });
  });

  it.each([
    ["1.9", 1],
    ["-1.9", -1],
    ["1e3", 1000],
    ["0x10", 16],
  ])("an integer is %s as Go's yaml reads it", (text, expected) => {
    expect(parseYamlFile("f.yml", `name: x\nlimit: ${text}`, decoder).limit).toBe(expected);
  });

  it.each([
    ["name: x\nfoo: 1", "f.yml:2:1: field foo not found in type config.plain"],
    ["name: x\nname: y", "f.yml:2:1: field name already set in type config.plain"],
    ["name: x\ninterval: soon", 'f.yml:2:11: not a valid duration string: "soon"'],
    ["name: x\nlimit: many", "f.yml:2:8: cannot unmarshal !!str `many` into int"],
    ["name: x\nlabels: [a]", "f.yml:2:9: cannot unmarshal !!seq into map"],
    ["name: x\nlabels: {a: b, a: c}", 'f.yml:2:16: key "a" already set in map'],
    ["name: x\njobs: [{job: j, mode: c}]", 'unknown value "c", expected one of a, b'],
    ["[]", "f.yml:1:1: cannot unmarshal !!seq into config.plain"],
    ["name: 'x\n", "f.yml:2:1: yaml: Missing closing 'quote"],
    ["name: x\nlabels: *nowhere", "f.yml:2:9: yaml: unknown anchor 'nowhere' referenced"],
  ])("%j is refused", (text, message) => {
    expect(mistakes(text)).toContain(message);
  });

  it("reports every mistake of a file, not the first alone", () => {
    expect(mistakes("name: x\nfoo: 1\nlimit: a\njobs: [{job: j, bar: 2}]").split("\n")).toHaveLength(3);
  });

  it("passes over unknown fields where it is told to", () => {
    const value = parseYamlFile("f.yml", "name: x\nfoo: 1\njobs: [{job: j, bar: 2}]", d.lenient(decoder));
    expect(value).toMatchObject({ name: "x" });
    expect(value).not.toHaveProperty("foo");
  });

  it("prints secrets masked", () => {
    const value = parseYamlFile("f.yml", "name: x\npassword: hunter2", decoder);
    expect(printYaml(value)).toContain("password: <secret>");
    expect(printYaml(value)).not.toContain("hunter2");
    expect(value.password?.reveal()).toBe("hunter2");
  });
});
