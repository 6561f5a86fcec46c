// The verdicts on Prometheus' own test configs. A ratchet: the numbers below may only grow.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadConfig } from "./load.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const folder = join(process.env["CORPORA"] ?? join(root, "../shared/corpora"), "prometheus-config");

const rightErrorsMin = 114;
const refusedMin = 147;
const loadedMin = 54;

type ExpectedError = { readonly file: string; readonly error: string };

function errorOf(file: string): string | undefined {
  try {
    loadConfig(join(folder, file));
    return undefined;
  } catch (error) {
    // Their own test runs beside a folder `testdata`.
    return (error as Error).message.replaceAll(folder, "testdata");
  }
}

const name = existsSync(folder) ? "prometheus-config corpus" : "prometheus-config corpus is absent: nothing to compare";

test(name, () => {
  if (!existsSync(folder)) return;
  const expected = JSON.parse(readFileSync(join(folder, "expected-errors.json"), "utf8")) as ExpectedError[];
  const right = expected.filter(({ file, error }) => errorOf(file)?.includes(error));
  const files = readdirSync(folder).filter((file) => file.endsWith(".yml"));
  const bad = files.filter((file) => file.includes(".bad."));
  const good = files.filter((file) => file.includes(".good."));
  const refused = bad.filter((file) => errorOf(file) !== undefined);
  const loaded = good.filter((file) => errorOf(file) === undefined);
  console.log(
    `prometheus-config: ${right.length} of ${expected.length} expected errors, ` +
      `${refused.length} of ${bad.length} bad files refused, ${loaded.length} of ${good.length} good files loaded`,
  );
  expect(right.length).toBeGreaterThanOrEqual(rightErrorsMin);
  expect(refused.length).toBeGreaterThanOrEqual(refusedMin);
  expect(loaded.length).toBeGreaterThanOrEqual(loadedMin);
});
