import { describe, expect, it } from "vitest";
import { TemplateError } from "../errors.js";
import type { QuerySample } from "../functions/prometheus.js";
import { type ConsoleOptions, parseConsole, renderConsole } from "./console.js";
import { queriesMax, renderWithQueries } from "./queries.js";

const library = {
  name: "prom.lib",
  text: '{{ define "head" }}<title>{{ . }}</title>{{ end }}{{ define "cell" }}<td>{{ .arg0 }}:{{ .arg1 }}</td>{{ end }}',
};

const options: ConsoleOptions = { query: () => [], timeMs: 0, externalUrl: "http://p/x" };

const data = {
  params: new Map([
    ["instance", ["a<b", "c"]],
    ["q", ["1"]],
  ]),
  path: "node.html",
  externalLabels: { region: "eu" },
};

function render(text: string, query: ConsoleOptions["query"] = () => []): string {
  return renderConsole(parseConsole({ name: "node.html", text }, [library]), data, { ...options, query });
}

describe("a console", () => {
  it.each([
    ["{{ $params.instance }} {{ .Params.q }}", "a&lt;b 1"],
    ["{{ range $rawParams.instance }}[{{ . }}]{{ end }}", "[a&lt;b][c]"],
    ["{{ $path }} {{ $externalLabels.region }} {{ pathPrefix }}", "node.html eu /x"],
    ['{{ template "head" "CPU & more" }}', "<title>CPU &amp; more</title>"],
    ['{{ template "cell" args 1 "x>y" }}', "<td>1:x&gt;y</td>"],
    ['{{ tmpl "cell" (args 1 "x>y") }}', "<td>1:x&gt;y</td>"],
    ['<a href="{{ graphLink "up > 1" }}">', '<a href="/graph?g0.expr=up&#43;%3E&#43;1&amp;g0.tab=0">'],
    ["<script>f({{ $params }})</script>", '<script>f({"instance":"a\\u003cb","q":"1"})</script>'],
    ['{{ safeHtml "<hr>" }}', "<hr>"],
  ])("%s", (text, expected) => expect(render(text)).toBe(expected));

  it("is refused with a position", () =>
    expect(() => parseConsole({ name: "x.html", text: "a\n{{ nope }}" }, [])).toThrow(
      'template: __console_x.html:2: function "nope" not defined',
    ));
});

describe("queries that take time", () => {
  const answer = (value: number): QuerySample[] => [{ labels: {}, value }];
  const text =
    '{{ $a := query "a" | first | value }}{{ query (printf "b%.0f" $a) | first | value }}{{ query "a" | len }}';

  it("are asked once each, later ones with earlier answers in them", async () => {
    const asked: string[] = [];
    const page = await renderWithQueries(
      (query) => render(text, query),
      async (expression) => {
        asked.push(expression);
        return answer(expression === "a" ? 7 : 8);
      },
    );
    expect(page).toBe("81");
    expect(asked).toEqual(["a", "b7"]);
  });

  it("fail the template when they fail", async () => {
    const page = renderWithQueries(
      (query) => render(text, query),
      () => Promise.reject(new Error("timeout")),
    );
    await expect(page).rejects.toThrow("error calling query: timeout");
    await expect(page).rejects.toThrow(TemplateError);
  });

  it("are not asked without end", async () => {
    const page = renderWithQueries(
      (query) => render('{{ range 1000 }}{{ query (printf "q%d" .) }}{{ end }}', query),
      async () => answer(1),
    );
    await expect(page).rejects.toThrow(`more than ${queriesMax} queries`);
  });
});
