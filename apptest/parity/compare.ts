// Two systems' samples of one job, line by line. Comes from: parity/samples. Goes to: parity.test.
import type { JobSamples, Sample } from "./samples.js";

export type Comparison = {
  readonly job: string;
  /** Own times count from here, one second for each scrape. */
  readonly baseTime: number;
};

/** Values that no two scrapes have in common. */
const unlike = /"scrape_duration_seconds"/;

/** `job series: ours …, theirs …`, over the scrapes that both made. */
export function differencesOf(ours: JobSamples, theirs: JobSamples, { job, baseTime }: Comparison): string[] {
  const scrapes = Math.min(ours.scrapes, theirs.scrapes);
  const print = (side: JobSamples, key: string): string =>
    (side.series.get(key) ?? [])
      .filter(({ scrape, t }) => (scrape < 0 ? t < baseTime + scrapes * 1000 : scrape < scrapes))
      .map((sample) => printSample(sample, unlike.test(key), baseTime))
      .join(" ");
  const keys = [...new Set([...ours.series.keys(), ...theirs.series.keys()])].sort();
  return keys.flatMap((key) => {
    const [own, peer] = [print(ours, key), print(theirs, key)];
    return own === peer ? [] : [`${job} ${key}: ours ${own || "none"}, theirs ${peer || "none"}`];
  });
}

function printSample({ scrape, t, value }: Sample, isUnlike: boolean, baseTime: number): string {
  const shown = isUnlike && value !== "stale" ? "some" : value;
  return scrape < 0 ? `${shown}@${t - baseTime}ms` : `${shown}#${scrape}`;
}
