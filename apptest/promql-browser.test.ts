// @narthex/promql in a browser: bundled as a web application would, its queries run in Chromium.
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { type OutputChunk, rolldown } from "rolldown";
import { describe, expect, it } from "vitest";
import { findProgram } from "./processes.js";

const chromiumPath = process.env["CHROMIUM"] ?? findProgram("chromium");
/** Bytes of the minified bundle after gzip: a change that doubles it shall be seen. */
const gzipBytesMax = 150_000;

const page = `
import { Engine, parseExpression, prettyPrint, seriesQueryable } from "@narthex/promql";

const t = Float64Array.from({ length: 240 }, (_, i) => i * 15_000);
const queryable = seriesQueryable(
  ["a", "b"].map((job, k) => ({ labels: { __name__: "requests_total", job }, t, v: t.map((time) => (k + 1) * time / 1000) })),
);
const { value } = new Engine().range({
  expression: 'sum by (job) (rate(requests_total{job=~"a|b|[x-z]+"}[5m]))',
  queryable,
  start: 600_000,
  end: 1_200_000,
  step: 60_000,
});
globalThis.answer = {
  printed: prettyPrint(parseExpression("a+b")),
  series: value.series.map(({ labels, v }) => [labels.join("="), ...new Set(Array.from(v, (rate) => rate.toFixed(9)))]),
};
`;

async function bundled(): Promise<string> {
  const build = await rolldown({
    input: "page",
    platform: "browser",
    plugins: [
      {
        name: "page",
        resolveId: (source) => (source === "page" ? "page" : undefined),
        load: (id) => (id === "page" ? page : undefined),
      },
    ],
    external: /^node:/,
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  expect(output).toHaveLength(1);
  return (output[0] as OutputChunk).code;
}

describe.skipIf(!chromiumPath)("the library in Chromium (chromium)", () => {
  it("answers queries over arrays, with nothing of Node in its bundle", async () => {
    const code = await bundled();
    expect(code).not.toMatch(/["']node:/);
    const gzipBytes = gzipSync(code).length;
    console.log(`bundle of @narthex/promql: ${code.length} bytes, ${gzipBytes} after gzip`);
    expect(gzipBytes).toBeLessThan(gzipBytesMax);
    const browser = await chromium.launch({ executablePath: chromiumPath as string, args: ["--no-sandbox"] });
    try {
      const tab = await browser.newPage();
      const errors: string[] = [];
      tab.on("pageerror", (error) => errors.push(error.message));
      await tab.addScriptTag({ content: code, type: "module" });
      await tab.waitForFunction("globalThis.answer !== undefined");
      expect(await tab.evaluate("globalThis.answer")).toEqual({
        printed: "a + b",
        series: [
          ["job=a", "1.000000000"],
          ["job=b", "2.000000000"],
        ],
      });
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
