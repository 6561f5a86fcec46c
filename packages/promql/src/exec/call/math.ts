// Functions of single floats. Histograms have no part in them.
import type { CallPlan, ScalarPlan, VectorPlan } from "../../plan/node.js";
import { absent, type Column, type ColumnSink, isFloat } from "../column.js";
import { type Evaluation, evaluateVector } from "../evaluation.js";
import { greater, lesser } from "../lesser.js";
import { dropNames, isOneMetric } from "../names.js";
import { evaluateScalar } from "../scalar.js";

export const elementFunctions: Readonly<Record<string, (v: number) => number>> = {
  abs: Math.abs,
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: Math.cosh,
  deg: (v) => (v * 180) / Math.PI,
  exp: Math.exp,
  floor: Math.floor,
  ln: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  rad: (v) => (v * Math.PI) / 180,
  sgn: Math.sign,
  sin: Math.sin,
  sinh: Math.sinh,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
};

export function evaluateElement(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const fn = elementFunctions[plan.fn] as (v: number) => number;
  mapFloats(plan, evaluation, { sink, map: (value) => fn(value) });
}

/** `map` returns the new value; undefined takes the point away. */
export function mapFloats(
  plan: CallPlan,
  evaluation: Evaluation,
  of: { readonly sink: ColumnSink; readonly map: (value: number, i: number) => number | undefined },
): void {
  const inner = vectorArgument(plan);
  dropNames(evaluation, { sink: of.sink, isOneMetric: isOneMetric(inner) }, (target) => {
    evaluateVector(inner, evaluation, (column) => {
      mapColumn(column, of.map);
      if (!column.isEmpty()) target(column);
    });
  });
}

function mapColumn(column: Column, map: (value: number, i: number) => number | undefined): void {
  for (let i = 0; i < column.v.length; i++) {
    if (column.present[i] === absent) continue;
    const value = column.present[i] === isFloat ? map(column.v[i] as number, i) : undefined;
    if (value === undefined) column.present[i] = absent;
    else column.v[i] = value;
  }
}

export function vectorArgument(plan: CallPlan): VectorPlan {
  return plan.arguments[0] as VectorPlan;
}

export function clamp(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const bounds = plan.arguments.slice(1).map((argument) => evaluateScalar(argument as ScalarPlan, evaluation));
  const low = plan.fn === "clamp_max" ? undefined : bounds[0];
  const high = plan.fn === "clamp_min" ? undefined : bounds.at(-1);
  mapFloats(plan, evaluation, {
    sink,
    map: (value, i) => {
      if (low && high && (low[i] as number) > (high[i] as number)) return undefined;
      const capped = high ? lesser(high[i] as number, value) : value;
      return low ? greater(low[i] as number, capped) : capped;
    },
  });
}

export function round(plan: CallPlan, evaluation: Evaluation, sink: ColumnSink): void {
  const nearest = plan.arguments[1] && evaluateScalar(plan.arguments[1] as ScalarPlan, evaluation);
  mapFloats(plan, evaluation, {
    sink,
    map: (value, i) => {
      // Dividing by the inverse avoids the rounding errors of multiples such as 0.1.
      const inverse = 1 / (nearest ? (nearest[i] as number) : 1);
      return Math.floor(value * inverse + 0.5) / inverse;
    },
  });
}
