// The kinds of WAL records as the metrics name them; a kind's place is its number in the log.
export const recordTypeNames: readonly string[] = [
  "unknown",
  "series",
  "samples",
  "tombstones",
  "exemplars",
  "mmapmarkers",
  "metadata",
  "histogram_samples",
  "float_histogram_samples",
  "custom_buckets_histogram_samples",
  "custom_buckets_float_histogram_samples",
  "samples_v2",
  "histogram_samples_v2",
  "float_histogram_samples_v2",
  "min_valid_time",
];
