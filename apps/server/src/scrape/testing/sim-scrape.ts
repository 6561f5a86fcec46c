// The scrape manager in simulated time, against a transport that answers from a table and the real TSDB on a simulated disk:
// promql's memory storage would hide what the head refuses.
import { Registry } from "@narthex/client";
import { isStale, labelValue, matcherFrom, printLabels, SampleColumns } from "@narthex/model";
import { printHistogramDescriptor } from "@narthex/promql";
import { createLogger, type HttpRequest, type HttpResponse, parseYamlFile } from "@narthex/service";
import { SimClock, SimFileSystem } from "@narthex/stdx";
import { openTsdb, type Tsdb } from "@narthex/tsdb";
import { type Config, configFile } from "../../config/config.js";
import { Tracing } from "../../tracing/tracing.js";
import { FailureLog } from "../failure-log.js";
import type { ScrapeWorld } from "../loop.js";
import { newScrapeBuffers, ScrapeManager } from "../manager.js";
import { scrapeMetrics } from "../metrics.js";

export type Answer = string | number | Error | { readonly type: string; readonly body: string | Uint8Array };

/** When a simulation begins, in ms. */
export const simStart: number = 1_700_000_000_000;
const intervalMs = 10_000;

/** `answer` is asked for every request. The job is called `j` and scrapes every 10 s. */
export type SimScrape = {
  answer: (request: HttpRequest) => Answer | Promise<Answer>;
  readonly clock: SimClock;
  readonly disk: SimFileSystem;
  readonly tsdb: Tsdb;
  readonly manager: ScrapeManager;
  readonly registry: Registry;
  readonly requests: HttpRequest[];
  /** Applies a config whose job has these fields more (`, honor_labels: true`), and these targets. */
  readonly apply: (job: string, ...targets: string[]) => void;
  /**
   * `name{…} value@n …`, one line for each series of a name that fits the expression; `x` for a stale marker, histograms in
   * PromQL's test notation. `n` counts intervals from the first scrape.
   */
  readonly stored: (name: string) => string[];
  /** Health and last error of each target. */
  readonly status: () => string[];
};

/** `beforeClient` is called before each client is made, and may throw; `headSeriesMax`: 0 for no limit. */
export async function simulateScrape(
  options: Partial<ScrapeWorld> & { readonly headSeriesMax?: number } = {},
  beforeClient: () => void = () => {},
): Promise<SimScrape> {
  const { headSeriesMax = 0 } = options;
  const clock = new SimClock(simStart);
  const disk = new SimFileSystem();
  const chunkForm = { floats: "xor2", histogramStarts: true } as const;
  const tsdb = await openTsdb({ path: "/data", fileSystem: disk, clock, exemplarsMax: 100, chunkForm, headSeriesMax });
  const registry = new Registry();
  const metrics = scrapeMetrics(registry, () => []);
  const logger = createLogger({ level: "error", format: "logfmt", write: () => {} });
  const respond = async (request: HttpRequest): Promise<HttpResponse> => {
    sim.requests.push(request);
    return responseOf(await sim.answer(request), request.url);
  };
  const manager = new ScrapeManager({
    world: {
      clock,
      logger,
      tracing: new Tracing(logger),
      storage: tsdb,
      buffers: newScrapeBuffers(),
      metrics,
      failureLog: new FailureLog(logger, () => metrics.failureLogFailures.inc()),
      offsetSeed: 0n,
      stopwatchMs: () => clock.now(),
      toleranceMs: 2,
      keepsExemplars: false,
      startsAtZero: false,
      storesStartTimes: false,
      synthesizesStarts: false,
      addsTypeAndUnit: false,
      hasExtraMetrics: false,
      ...options,
    },
    createClient: () => {
      beforeClient();
      return {
        request: respond,
        prepare: (request) => ({ send: () => respond(request), abort: () => {} }),
        close: () => {},
      };
    },
  });
  const sim: SimScrape = {
    answer: () => "",
    clock,
    disk,
    tsdb,
    manager,
    registry,
    requests: [],
    apply: (job, ...targets) => {
      manager.apply(configOf(job).scrape_configs);
      const group = { source: "0", targets: targets.map((address) => ({ __address__: address })), labels: {} };
      manager.update(new Map([["j", [group]]]));
    },
    stored: (name) => storedSeries(tsdb, { name, end: clock.now() + 3_600_000 }),
    status: () =>
      manager
        .pools()
        .flatMap(([, pool]) => pool.targets().map(({ status }) => `${status.health} ${status.lastError}`.trim())),
  };
  return sim;
}

function responseOf(given: Answer, url: string): HttpResponse {
  if (given instanceof Error) throw given;
  const status = typeof given === "number" ? given : 200;
  const { type, body } =
    typeof given === "object"
      ? given
      : { type: "text/plain; version=0.0.4", body: typeof given === "string" ? given : "" };
  return { status, headers: { "content-type": type }, body: Buffer.from(body), url };
}

function configOf(job: string): Config {
  const text = `global: { scrape_interval: 10s }\nscrape_configs: [{ job_name: j${job} }]`;
  return parseYamlFile("prometheus.yml", text, configFile);
}

function storedSeries(tsdb: Tsdb, { name, end }: { readonly name: string; readonly end: number }): string[] {
  const querier = tsdb.querier({ start: 0, end });
  const matchers = [matcherFrom("=~", "__name__", name)];
  const columns = new SampleColumns();
  return querier.select({ matchers, start: 0, end, sorted: true }).map((series) => {
    series.read(columns);
    const samples = Array.from({ length: columns.count }, (_, i) => {
      const interval = Math.floor((columns.t[i]! - simStart) / intervalMs);
      const histogram = columns.h?.[i];
      if (columns.isStaleAt(i) || isStale(columns.v[i]!)) return `x@${interval}`;
      return `${histogram ? printHistogramDescriptor(histogram) : columns.v[i]}@${interval}`;
    });
    return `${printLabels(series.labels)} ${samples.join(" ")}`;
  });
}

/** Name of each series whose name fits the expression, with its samples' start times where they have one, in ms from `simStart`. */
export function startsOf({ tsdb, clock }: SimScrape, name: string): (string | number)[][] {
  const range = { start: 0, end: clock.now() };
  const columns = new SampleColumns();
  const matchers = [matcherFrom("=~", "__name__", name)];
  const sources = tsdb.querier(range).select({ matchers, ...range, sorted: true });
  return sources.map((source) => {
    source.read(columns);
    const known = [...(columns.startTimes?.subarray(0, columns.count) ?? [])].filter((startTime) => startTime !== 0);
    return [labelValue(source.labels, "__name__"), ...known.map((startTime) => startTime - simStart)];
  });
}
