// Signatures of PromQL's functions.
import type { ValueType } from "../ast.js";

/** `optional`: how many of the last argument may be left out or, beyond one, repeated; Infinity for any number. */
export type FunctionSignature = {
  readonly name: string;
  readonly arguments: readonly ValueType[];
  readonly optional: number;
  readonly returns: ValueType;
  readonly isExperimental: boolean;
};

const kinds: Readonly<Record<string, ValueType>> = { v: "vector", m: "matrix", s: "scalar", t: "string" };

// name argument-letters [optional]; v vector, m range vector, s scalar, t string. Return type is vector unless given below.
const table = `
abs v|absent v|absent_over_time m|acos v|acosh v|asin v|asinh v|atan v|atanh v|avg_over_time m|ceil v|changes m
clamp vss|clamp_max vs|clamp_min vs|cos v|cosh v|count_over_time m|days_in_month v 1|day_of_month v 1|day_of_week v 1
day_of_year v 1|deg v|delta m|deriv m|exp v|first_over_time m|floor v|histogram_avg v|histogram_count v|histogram_sum v
histogram_stddev v|histogram_stdvar v|histogram_fraction ssv|histogram_quantile sv|hour v 1|idelta m|increase m|irate m
label_replace vtttt|label_join vttt *|last_over_time m|ln v|log10 v|log2 v|max_over_time m|min_over_time m|minute v 1
month v 1|predict_linear ms|present_over_time m|quantile_over_time sm|rad v|rate m|resets m|round vs 1|sgn v|sin v|sinh v
sort v|sort_desc v|sqrt v|stddev_over_time m|stdvar_over_time m|sum_over_time m|tan v|tanh v|timestamp v|vector s|year v 1
pi |scalar v|time`;

const experimentalTable = `
double_exponential_smoothing mss|histogram_quantiles vtss 9|info vv 1|mad_over_time m|sort_by_label vt *
sort_by_label_desc vt *|start_timestamp v|ts_of_first_over_time m|ts_of_last_over_time m|ts_of_max_over_time m
ts_of_min_over_time m|end |max_of ss|min_of ss|range |start |step`;

const scalarFunctions = new Set(["pi", "scalar", "time", "end", "max_of", "min_of", "range", "start", "step"]);

function signaturesFrom(text: string, isExperimental: boolean): FunctionSignature[] {
  return text
    .trim()
    .split(/[|\n]/)
    .map((entry) => {
      const [name = "", letters = "", optional = "0"] = entry.split(" ");
      return {
        name,
        arguments: Array.from(letters, (letter) => kinds[letter] as ValueType),
        optional: optional === "*" ? Infinity : Number(optional),
        returns: scalarFunctions.has(name) ? ("scalar" as const) : ("vector" as const),
        isExperimental,
      };
    });
}

export const functionSignatures: ReadonlyMap<string, FunctionSignature> = new Map(
  [...signaturesFrom(table, false), ...signaturesFrom(experimentalTable, true)].map((entry) => [entry.name, entry]),
);
