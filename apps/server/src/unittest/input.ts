// The input series of a test, fed to the storage as simulated time goes on.
// Comes from: unittest/config. Goes to: MemoryStorage, next to what rules record there.
import { type Labels, labelsKey, quote } from "@narthex/model";
import { type MemoryStorage, parseLoadedSeries, type Sample, ScriptError, samplesOf } from "@narthex/promql";
import type { InputSeriesText } from "./config.js";

type Pending = { readonly labels: Labels; readonly samples: readonly Sample[]; next: number };

export class InputSeries {
  readonly #storage: MemoryStorage;
  readonly #series: readonly Pending[];

  private constructor(storage: MemoryStorage, series: readonly Pending[]) {
    this.#storage = storage;
    this.#series = series;
  }

  /** The first sample of each series stands at `start`. Throws Error that names the series that cannot be read. */
  static from(
    texts: readonly InputSeriesText[],
    { storage, start, intervalMs }: { storage: MemoryStorage; start: number; intervalMs: number },
  ): InputSeries {
    const pending = loadedSeries(texts).map((loaded): Pending => {
      const samples = samplesOf(loaded, intervalMs).map((sample) => ({
        ...sample,
        t: start + sample.t,
        startTime: sample.startTime === undefined ? undefined : start + sample.startTime,
      }));
      return { labels: loaded.labels, samples, next: 0 };
    });
    // Of equal label sets the later replaces the earlier.
    return new InputSeries(storage, [...new Map(pending.map((one) => [labelsKey(one.labels), one])).values()]);
  }

  /** Appends all samples up to `time` that were not yet; throws the storage's error, such as for a series that a rule writes too. */
  feed(time: number): void {
    for (const series of this.#series) {
      for (; series.next < series.samples.length; series.next++) {
        const sample = series.samples[series.next] as Sample;
        if (sample.t > time) break;
        this.#storage.append(series.labels, sample);
      }
    }
  }
}

function loadedSeries(texts: readonly InputSeriesText[]): ReturnType<typeof parseLoadedSeries> {
  const lines = texts.map(({ series, values }, i) => ({ line: i + 1, text: `${series} ${values}` }));
  try {
    return parseLoadedSeries(lines);
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    const wrong = lines[error.line - 1]?.text ?? "";
    throw new Error(`input series ${quote(wrong.trim())}`, { cause: error.cause ?? error });
  }
}
