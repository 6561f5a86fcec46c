// Whether the head takes one more series: its own limit, and that of a job.
// Comes from: head/appender, for series that are new. The count of a job is the length of its label pair's postings, so it
// shrinks as series leave.
import { type Labels, labelValue, SeriesLimitError } from "@narthex/model";
import type { Head } from "./head.js";

/** Throws SeriesLimitError. `jobSeriesMax`: of series with the same job label; 0 for no limit. */
export function checkSeriesLimits(head: Head, labels: Labels, jobSeriesMax: number): void {
  if (head.seriesMax > 0 && head.series.size >= head.seriesMax) {
    refuse(head, `the head holds ${head.series.size} series, as many as it may`);
  }
  const job = labelValue(labels, "job");
  if (jobSeriesMax === 0 || job === "") return;
  const pair = head.findPair("job", job);
  const count = pair < 0 ? 0 : head.pairs.lengthOf(pair);
  if (count >= jobSeriesMax) refuse(head, `the head holds ${count} series of job "${job}", as many as it may`);
}

function refuse(head: Head, why: string): never {
  head.counters.seriesRefused++;
  throw new SeriesLimitError(why);
}
