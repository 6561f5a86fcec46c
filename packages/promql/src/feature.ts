/** Parts of the language that stand behind a flag, named as Prometheus' --enable-feature names them, without "promql-". */
export type PromqlFeature = "experimental-functions" | "extended-range-selectors" | "binop-fill-modifiers";

export const promqlFeatures: readonly PromqlFeature[] = [
  "experimental-functions",
  "extended-range-selectors",
  "binop-fill-modifiers",
];
