// All test scripts on the real engine. Ours must pass whole; of the corpus, if it is there, exactly the evaluations
// listed in testdata/known-failures.json fail. The list may only shrink: UPDATE=1 rewrites it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { runScript } from "./runner.js";

const corpora = process.env["CORPORA"] ?? fileURLToPath(new URL("../../../../../shared/corpora", import.meta.url));
const corpus = `${corpora}/promql`;
const ours = fileURLToPath(new URL("../testdata/ours", import.meta.url));
const knownPath = fileURLToPath(new URL("./testdata/known-failures.json", import.meta.url));

/** By file, the lines of `eval` commands that fail today. */
type Known = Record<string, number[]>;

function scripts(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".test"));
}

describe("our scripts", () => {
  test.each(scripts(ours))("%s", (name) => {
    expect(runScript(readFileSync(`${ours}/${name}`, "utf8")).failures).toEqual([]);
  });
});

describe.skipIf(!existsSync(corpus))("Prometheus' scripts (need the corpora folder, see CORPORA)", () => {
  const known = JSON.parse(readFileSync(knownPath, "utf8")) as Known;
  const isUpdate = process.env["UPDATE"] === "1";
  const found: Known = {};

  test.each(existsSync(corpus) ? scripts(corpus) : [])("%s", (name) => {
    const { failures } = runScript(readFileSync(`${corpus}/${name}`, "utf8"));
    const lines = failures.map(({ line }) => line);
    if (lines.length > 0) found[name] = lines;
    const expected = known[name] ?? [];
    expect(failures.filter(({ line }) => !expected.includes(line))).toEqual([]);
    if (!isUpdate) expect(lines, "fewer fail than known: run with UPDATE=1").toEqual(expected);
  });

  afterAll(() => {
    if (isUpdate) writeFileSync(knownPath, `${JSON.stringify(found, undefined, 2)}\n`);
  });
});
