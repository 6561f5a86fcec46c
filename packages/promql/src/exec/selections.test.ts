// The scripts again, on a storage that refuses to be asked for anything that was not planned.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { printMatcher, type Queryable, type Selection } from "@narthex/model";
import { describe, expect, test } from "vitest";
import { Engine, type InstantRequest, type RangeRequest } from "../engine.js";
import { runScript, scriptEngineOptions } from "../promqltest/runner.js";
import type { QueryResult } from "../result.js";
import type { PlannedSelection } from "./selections.js";

const corpora = process.env["CORPORA"] ?? fileURLToPath(new URL("../../../../../shared/corpora", import.meta.url));
const folders = [fileURLToPath(new URL("../testdata/ours", import.meta.url)), `${corpora}/promql`];

class UnplannedError extends Error {}

const printed = ({ matchers }: PlannedSelection): string => matchers.map(printMatcher).join(",");

function isPlanned(selection: Selection, planned: readonly PlannedSelection[]): boolean {
  const key = printed(selection);
  return planned.some((one) => printed(one) === key && one.start <= selection.start && one.end >= selection.end);
}

class PlannedEngine extends Engine {
  selectCount = 0;

  override instant(request: InstantRequest): QueryResult {
    return super.instant({ ...request, queryable: this.#onlyPlanned(request) });
  }

  override range(request: RangeRequest): QueryResult {
    return super.range({ ...request, queryable: this.#onlyPlanned(request) });
  }

  #onlyPlanned(request: InstantRequest | RangeRequest): Queryable {
    const planned = this.selections(request);
    return {
      querier: (range) => {
        const querier = request.queryable.querier(range);
        const select = (selection: Selection) => {
          this.selectCount++;
          if (!isPlanned(selection, planned)) throw new UnplannedError(printed(selection));
          return querier.select(selection);
        };
        return { ...querier, select, close: () => querier.close() };
      },
    };
  }
}

const files = folders.filter(existsSync).flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".test"))
    .map((name) => `${folder}/${name}`),
);

describe("every selection of the scripts is planned", () => {
  test.each(files)("%s", (path) => {
    const engine = new PlannedEngine(scriptEngineOptions);
    const { passed } = runScript(readFileSync(path, "utf8"), engine);
    expect(passed).toBeGreaterThan(0);
  });
});

test("an unplanned selection is noticed", () => {
  const engine = new PlannedEngine();
  const planned = engine.selections({
    expression: "rate(a[5m] offset 1m) + b @ 10",
    start: 0,
    end: 60_000,
    step: 1000,
  });
  const read = planned.map(({ start, end, ...rest }) => [printed({ start, end, ...rest }), start, end]);
  expect(read).toEqual([
    ['__name__="a"', -360_000, 0],
    ['__name__="b"', -290_000, 10_000],
  ]);
  expect(isPlanned({ ...(planned[0] as PlannedSelection), end: 1 }, planned)).toBe(false);
});
