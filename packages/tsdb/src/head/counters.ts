// What the head counts since the start. Comes from: head, appender, truncate. Goes to: stats.

export interface HeadCounters {
  /** All of them, and the histograms among them. */
  samplesAppended: number;
  histogramsAppended: number;
  outOfOrderAppended: number;
  histogramsOutOfOrderAppended: number;
  outOfOrder: number;
  outOfBounds: number;
  tooOld: number;
  duplicates: number;
  seriesCreated: number;
  seriesRemoved: number;
  seriesRefused: number;
  chunksCreated: number;
  chunksRemoved: number;
  chunkWriteFailures: number;
}

export function newHeadCounters(): HeadCounters {
  return {
    samplesAppended: 0,
    histogramsAppended: 0,
    outOfOrderAppended: 0,
    histogramsOutOfOrderAppended: 0,
    outOfOrder: 0,
    outOfBounds: 0,
    tooOld: 0,
    duplicates: 0,
    seriesCreated: 0,
    seriesRemoved: 0,
    seriesRefused: 0,
    chunksCreated: 0,
    chunksRemoved: 0,
    chunkWriteFailures: 0,
  };
}
