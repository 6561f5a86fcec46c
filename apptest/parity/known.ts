// Where Prometheus 2.42 and 3.14 differ, and what we do otherwise on purpose.
type Rule = { readonly reason: string; readonly difference: RegExp };

const rules: readonly Rule[] = [
  {
    reason:
      "a refused body ends all series at once; theirs leaves those before the fault, and ends new ones with the next scrape",
    difference: /^(?:bad_line|bad_number|bad_utf8|nameless|no_eof|sample_limit) \[\["__name__","(?:m|n|g|many)"\]/,
  },
  {
    reason: "a refused body adds no series; theirs counts those before the fault the first time",
    difference: /^(?:bad_line|numbers) \[\["__name__","scrape_series_added"\]/,
  },
];

/** The reason; undefined for a difference that nobody expects. */
export function knownDifference(difference: string): string | undefined {
  return rules.find((rule) => rule.difference.test(difference))?.reason;
}
