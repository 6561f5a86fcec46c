// Against what Go itself rendered: testdata/go-*.json hold text and output, or text and error, of Go 1.26.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TemplateError } from "./errors.js";
import { execute, extendTemplate, parseTemplate, type TemplateOptions } from "./template.js";
import { sampleData, sampleFunctions } from "./testdata/sample.js";
import { mapOf, stringMapType, type Value } from "./value/value.js";

interface GoCase {
  readonly text: string;
  readonly out?: string;
  readonly error?: string;
}

function readCases(name: string): GoCase[] {
  return JSON.parse(readFileSync(new URL(`testdata/${name}.json`, import.meta.url), "utf8")) as GoCase[];
}

function render(text: string, options: TemplateOptions = {}, data: Value = sampleData): string {
  return execute(parseTemplate("t", text, { functions: sampleFunctions, ...options }), data);
}

function errorOf(task: () => string): string {
  try {
    return `rendered ${task()}`;
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}

describe("as Go renders", () => {
  it.each(readCases("go-text"))("text: $text", ({ text, out, error }) => {
    if (out === undefined) expect(errorOf(() => render(text))).toBe(error);
    else expect(render(text)).toBe(out);
  });

  it.each(readCases("go-html"))("html: $text", ({ text, out }) => {
    const options = { html: true };
    if (out === undefined) expect(() => render(text, options)).toThrow(TemplateError);
    else expect(render(text, options)).toBe(out);
  });
});

describe("missingkey", () => {
  const data = mapOf([["a", "1"]], stringMapType);
  const text = "{{ .a }}{{ .b }}";

  it("default prints <no value>", () => expect(render(text, {}, data)).toBe("1<no value>"));
  it("zero prints the element type's zero", () => expect(render(text, { missingKey: "zero" }, data)).toBe("1"));
  it("zero of an interface prints <no value>", () =>
    expect(render("{{ .b }}", { missingKey: "zero" }, mapOf([]))).toBe("<no value>"));
  it("error names the key", () =>
    expect(errorOf(() => render(text, { missingKey: "error" }, data))).toBe(
      'template: t:1:11: executing "t" at <.b>: map has no entry for key "b"',
    ));
});

describe("a template extended by further texts", () => {
  const base = parseTemplate("base", '{{ define "a" }}first{{ end }}');

  it("renders the last text with the definitions of all", () =>
    expect(execute(extendTemplate(base, "more", '{{ template "a" }}!'), undefined)).toBe("first!"));
  it("takes the later definition of a name", () => {
    const later = extendTemplate(base, "later", '{{ define "a" }}second{{ end }}');
    expect(execute(extendTemplate(later, "", '{{ template "a" }}'), undefined)).toBe("second");
  });
  it("keeps the earlier one where the later is empty", () => {
    const later = extendTemplate(base, "later", '{{ define "a" }} {{ end }}');
    expect(execute(extendTemplate(later, "", '{{ template "a" }}'), undefined)).toBe("first");
  });
  it("is another template: the first stays as it was", () => {
    extendTemplate(base, "later", '{{ define "a" }}second{{ end }}');
    expect(execute(extendTemplate(base, "", '{{ template "a" }}'), undefined)).toBe("first");
  });
  it("names the file of an error", () => {
    const broken = extendTemplate(base, "b.tmpl", '\n{{ define "b" }}{{ len 3 }}{{ end }}');
    expect(errorOf(() => execute(extendTemplate(broken, "", '{{ template "b" }}'), undefined))).toBe(
      'template: b.tmpl:2:19: executing "b" at <len 3>: error calling len: len of type int',
    );
  });
});
