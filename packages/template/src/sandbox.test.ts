// A template reaches what it is given and nothing else, and it ends.
import { describe, expect, it } from "vitest";
import { TemplateError, TemplateLimitError } from "./errors.js";
import { nestingMax } from "./parse/cursor.js";
import { type ExecuteOptions, execute, parseTemplate } from "./template.js";
import { sampleData, sampleFunctions } from "./testdata/sample.js";

function render(text: string, limits: ExecuteOptions["limits"] = {}): string {
  return execute(parseTemplate("t", text, { functions: sampleFunctions }), sampleData, { limits });
}

describe("nothing of JavaScript is in reach", () => {
  const names = [
    "constructor",
    "__proto__",
    "prototype",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "then",
    "kind",
    "type",
  ];

  it.each(names)("%s of a struct is no field", (name) =>
    expect(() => render(`{{ .${name} }}`)).toThrow(`can't evaluate field ${name} in type *main.Data`),
  );
  it.each(names)("%s of a string is no field", (name) =>
    expect(() => render(`{{ .Str.${name} }}`)).toThrow(`can't evaluate field ${name} in type string`),
  );
  it.each(names)("%s of a map is a missing key", (name) => expect(render(`{{ .Map.${name} }}`)).toBe("<no value>"));
  it.each(names)("%s of a list is no field", (name) =>
    expect(() => render(`{{ .List.${name} }}`)).toThrow(TemplateError),
  );
  it.each(names)("%s is no function", (name) => expect(() => render(`{{ ${name} 1 }}`)).toThrow("not defined"));
  it.each(names)("%s is no template", (name) =>
    expect(() => render(`{{ template "${name}" }}`)).toThrow("not defined"),
  );
  it.each(names)("index finds no %s", (name) => expect(render(`{{ index .Map "${name}" }}`)).toBe(""));
});

describe("bounds", () => {
  const check = (text: string, limits: ExecuteOptions["limits"], message: string): void => {
    const run = (): string => render(text, limits);
    expect(run).toThrow(TemplateLimitError);
    expect(run).toThrow(message);
  };

  it("steps: a long loop", () => check("{{ range 1000000000 }}{{ end }}", { stepsMax: 1000 }, "more than 1000 steps"));
  it("steps: loops in loops, by default", () =>
    check("{{ range 100000 }}{{ range 100000 }}{{ end }}{{ end }}", {}, "more than 1000000 steps"));
  it("steps: a string that doubles", () =>
    check(
      '{{ $x := "xxxxxxxxxxxxxxxx" }}{{ range 60 }}{{ $x = print $x $x }}{{ end }}',
      { stepsMax: 100_000 },
      "more than 100000 steps",
    ));
  it("steps: widths of printf", () =>
    check('{{ range 1000 }}{{ $x := printf "%999999d" 1 }}{{ end }}', {}, "more than 1000000 steps"));
  it("output", () =>
    check("{{ range 100 }}0123456789{{ end }}", { outputBytesMax: 500 }, "more than 500 bytes of output"));
  it("output is counted in bytes", () => check("ééé", { outputBytesMax: 5 }, "more than 5 bytes of output"));
  it("output up to the bound is let through", () => expect(render("ééé", { outputBytesMax: 6 })).toBe("ééé"));
  it("depth: a template that calls itself", () =>
    check(
      '{{ define "x" }}{{ if true }}{{ template "x" . }}{{ end }}{{ end }}{{ template "x" . }}',
      {},
      "exceeded maximum template depth (1000)",
    ));

  it.each([
    ["parentheses", `{{ ${"(".repeat(10_000)}1${")".repeat(10_000)} }}`],
    ["blocks", "{{ if 1 }}".repeat(10_000) + "{{ end }}".repeat(10_000)],
    ["else-ifs", `{{ if 0 }}${"{{ else if 0 }}".repeat(10_000)}{{ end }}`],
  ])("%s nest no deeper than nestingMax", (_, text) =>
    expect(() => render(text)).toThrow(`nested deeper than ${nestingMax} levels`),
  );

  it.each([
    `{{ ${"(".repeat(nestingMax)}1${")".repeat(nestingMax)} }}`,
    `${"{{ if 1 }}".repeat(nestingMax)}1${"{{ end }}".repeat(nestingMax)}`,
  ])("nesting up to nestingMax is let through", (text) => expect(render(text)).toBe("1"));
});
