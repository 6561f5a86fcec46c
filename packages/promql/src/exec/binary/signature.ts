// Which series of two vectors belong together: those whose labels named by on, or not named by ignoring, are the same.

import { dropLabels, keepLabels, type Labels, labelValue, metricNameLabel } from "@narthex/model";
import type { Matching } from "../../ast.js";
import { QueryError } from "../../error.js";

export type Signature = { readonly key: (labels: Labels) => string; readonly labels: (labels: Labels) => Labels };

export function signatureOf(matching: Matching): Signature {
  const names = [...matching.labels].sort();
  const set: ReadonlySet<string> = new Set(matching.labels);
  if (matching.on) {
    const [only = ""] = names;
    return {
      // One value is its own key: no text is made for a series.
      key: (labels) =>
        names.length === 1 ? labelValue(labels, only) : names.map((name) => labelValue(labels, name)).join("\u0000"),
      labels: (labels) => keepLabels(labels, set),
    };
  }
  const ignored: ReadonlySet<string> = new Set([...set, metricNameLabel]);
  return {
    key: (labels) => {
      let key = "";
      for (let i = 0; i < labels.length; i += 2) {
        if (!ignored.has(labels[i] as string)) key += `${labels[i]}\u0000${labels[i + 1]}\u0000`;
      }
      return key;
    },
    labels: (labels) => dropLabels(labels, ignored),
  };
}

export function multipleMatches(hint: string): QueryError {
  return new QueryError("execution", `multiple matches for labels: ${hint}`);
}
