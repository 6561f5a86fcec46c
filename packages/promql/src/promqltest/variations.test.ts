// Whatever way an evaluation of Prometheus' scripts is asked for, it says the same: without the kernel, with its samples counted, as the
// only step of a subquery that is looked at from another time, joined with itself, and among many or far steps. One evaluation in
// forty; all of them, a minute: CORPORA_WHOLE=1 npx vitest run packages/promql/src/promqltest/variations.test.ts
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Histogram, labelsKey } from "@narthex/model";
import { printFloatG } from "@narthex/stdx";
import { describe, expect, test } from "vitest";
import { Engine, type InstantRequest } from "../engine.js";
import { printHistogram } from "../histogram/print.js";
import type { QueryResult, QueryValue } from "../result.js";
import { runScript, scriptEngineOptions } from "./runner.js";

const corpora = process.env["CORPORA"] ?? fileURLToPath(new URL("../../../../../shared/corpora", import.meta.url));
const corpus = `${corpora}/promql`;
const names = existsSync(corpus) ? readdirSync(corpus).filter((name) => name.endsWith(".test")) : [];
const takenOneIn = process.env["CORPORA_WHOLE"] ? 1 : 40;

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** What each series says, as text; of a matrix, at one time. */
function printed(value: QueryValue, time: number): string[] {
  const row = (labels: string, v: number, h: Histogram | undefined): string =>
    `${labels} ${h ? printHistogram(h) : printFloatG(Number(v.toPrecision(10)))}`;
  if (value.type === "vector") return value.points.map(({ labels, v, h }) => row(labelsKey(labels), v, h)).sort();
  if (value.type !== "matrix") return [];
  const rows = value.series.flatMap(({ labels, count, t, v, h }) => {
    const i = t.subarray(0, count).indexOf(time);
    return i < 0 ? [] : [row(labelsKey(labels), v[i] as number, h?.[i])];
  });
  return rows.sort();
}

const unlimited = { ...scriptEngineOptions, samplesMax: 10_000_000 };

let compared = 0;

/** Evaluates as the scripts want it, and some of it in other ways. */
class VaryingEngine extends Engine {
  readonly #engine = new Engine(unlimited);
  readonly #plain = new Engine({ ...unlimited, compiled: false });
  #asked = 0;

  constructor() {
    super(scriptEngineOptions);
  }

  override instant(request: InstantRequest): QueryResult {
    const result = super.instant(request);
    const expression = request.expression as string;
    // Bounds of the query are others in other queries.
    const isVaried = result.value.type === "vector" && !/\b(?:start|end|step|range)\(\)/i.test(expression);
    if (isVaried && this.#asked++ % takenOneIn === 0) this.#compare(request, result.value);
    return result;
  }

  #compare({ expression, queryable, time }: InstantRequest, value: QueryValue): void {
    const text = expression as string;
    const expected = printed(value, time);
    const check = (way: string, ask: () => QueryResult, wanted: readonly string[] = expected): void => {
      expect({ text, time, way, found: printed(ask().value, time) }).toEqual({ text, time, way, found: wanted });
      compared++;
    };
    const at = (expression: string, time: number) => ({ expression, queryable, time });
    const steps = (expression: string, step: number, before: number, after: number) => ({
      expression,
      queryable,
      start: time - before * step,
      end: time + after * step,
      step,
    });
    check("without the kernel", () => this.#plain.instant(at(text, time)));
    check("counted", () => this.#engine.instant({ ...at(text, time), countsSteps: true }));
    check("one step", () => this.#engine.range(steps(text, 1000, 0, 0)));
    check("pairs", () => this.#engine.instant(at(`(${text}) or (${text})`, time)));
    check("nothing", () => this.#engine.instant(at(`(${text}) unless (${text})`, time)), []);
    if (/anchored|smoothed/.test(text)) return;
    const pinned = `last_over_time((${text})[1ms:1ms] @ ${time / 1000})`;
    check("in a subquery", () => this.#engine.instant(at(`last_over_time((${text})[1ms:1ms])`, time)));
    check("in a pinned subquery", () => this.#engine.instant(at(pinned, time + 12_345)));
    check("in a pinned subquery at many steps", () => this.#plain.range(steps(pinned, minuteMs, 3, 3)));
    // At other steps there may be what fails.
    if (/topk|present_over_time|absent/.test(text)) return;
    for (const [step, before, after] of [[7001, 7, 2] as const, [30_000, 40, 90] as const, [dayMs, 1, 1] as const]) {
      check(`at steps of ${step} ms`, () => this.#engine.range(steps(text, step, before, after)));
      check(`counted, at steps of ${step} ms`, () =>
        this.#engine.range({ ...steps(text, step, before, after), countsSteps: true }),
      );
    }
  }
}

describe.skipIf(names.length === 0)("variations of Prometheus' scripts (need the corpora folder, see CORPORA)", () => {
  test.each(names)("%s", { timeout: 120_000 }, (name) => {
    expect(runScript(readFileSync(`${corpus}/${name}`, "utf8"), new VaryingEngine()).failures).toEqual([]);
  });

  test("there were some", () => expect(compared).toBeGreaterThan(500));
});
