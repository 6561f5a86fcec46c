// The `stats` member of query answers.
import type { JsonWriter } from "@narthex/formats";
import type { RunResult } from "./query-runner.js";

/** Appends `,"stats":…`. Timings that we do not take apart are 0. */
export function writeStats(writer: JsonWriter, { stats, timings }: RunResult): void {
  const evalSeconds = timings.evalMs / 1000;
  const queueSeconds = timings.queueMs / 1000;
  writer.raw(',"stats":');
  writer.value({
    timings: {
      evalTotalTime: evalSeconds,
      resultSortTime: 0,
      queryPreparationTime: 0,
      innerEvalTime: evalSeconds,
      execQueueTime: queueSeconds,
      execTotalTime: evalSeconds + queueSeconds,
    },
    samples: {
      totalQueryableSamples: stats.totalQueryableSamples,
      peakSamples: stats.peakSamples,
      samplesRead: stats.samplesRead,
    },
  });
}
