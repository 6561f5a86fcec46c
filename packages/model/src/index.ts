export { type ClassicBucket, type ClassicHistogram, customHistogramFrom } from "./classic-histogram.js";
export type { Exemplar } from "./exemplar.js";
export {
  type CounterResetHint,
  countMismatch,
  customBucketsSchema,
  exponentialSchemaMax,
  exponentialSchemaMin,
  type Histogram,
  type Span,
} from "./histogram.js";
export {
  compareLabels,
  dropLabels,
  emptyLabels,
  fingerprint,
  hasLabel,
  isLegacyLabelName,
  isLegacyMetricName,
  keepLabels,
  type Labels,
  labelEntries,
  labelsEqual,
  labelsFrom,
  labelsFromEntries,
  labelsFromSorted,
  labelsKey,
  labelsToRecord,
  labelValue,
  metricNameLabel,
  printLabelSet,
  printLabels,
  quote,
  withLabel,
} from "./labels.js";
export { type Matcher, type MatchType, matcherFrom, matches, matchesAll, printMatcher } from "./matcher.js";
export { type Metadata, type MetricType, metricTypes } from "./metadata.js";
export { type CompiledRegex, compilePattern, compileRegex, regexLengthMax, regexSizeMax } from "./regex.js";
export {
  explainRelabel,
  isLabelName,
  type NameScheme,
  type RelabelAction,
  type RelabelRule,
  type RelabelSpec,
  type RelabelStep,
  relabel,
  relabelActions,
  relabelDefaults,
  relabelRuleFrom,
} from "./relabel.js";
export { rowNotes, SampleColumns } from "./sample.js";
export { isStale, isStaleAt, isStaleBits, setStaleAt, staleNumber, wordsOf } from "./staleness.js";
export {
  type Appendable,
  type AppendColumns,
  type Appender,
  type AppendOutcome,
  appendOutcome,
  appendOutcomeText,
  type ExemplarOutcome,
  type LabelQuery,
  type LatestSamples,
  type Querier,
  type Queryable,
  type Selection,
  SeriesLimitError,
  type SeriesRef,
  type SeriesRows,
  type SeriesSource,
  type StartedTime,
} from "./storage.js";
export { parseDuration, parseTimestamp, printDuration, printGoDuration } from "./time.js";
