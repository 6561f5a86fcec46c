// Debian's prometheus and Narthex scrape the same targets: what each stored, `up`, stale markers and report series included,
// is read from the two data directories and compared scrape by scrape. The short run has the synthetic target, which misbehaves in
// every way that it knows, and Debian's node exporter; PARITY_SCRAPES=90 adds every exporter that is installed, for minutes.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { value } from "../api.js";
import { eventually } from "../eventually.js";
import { answers, findProgram, freePorts, freshFolder, start, startNarthex } from "../processes.js";
import { type Behaviour, behaviours } from "./behaviours.js";
import { differencesOf } from "./compare.js";
import { startExporters } from "./exporters.js";
import { knownDifference } from "./known.js";
import { type JobSamples, readSamples } from "./samples.js";
import { startOtherHost, startTarget } from "./target.js";

const prometheus = findProgram("prometheus");
const isLong = process.env["PARITY_SCRAPES"] !== undefined;
const scrapesMin = Number(process.env["PARITY_SCRAPES"] ?? 7);
const intervalS = 2;

type Job = {
  readonly name: string;
  readonly address: string;
  readonly path: string;
  readonly fields: string;
  /** Fields that 2.42 does not know. */
  readonly newer?: string;
};

function configOf(jobs: readonly Job[], isNewer: boolean): string {
  const lines = jobs.map(({ name, address, path, fields, newer = "" }) => {
    const labels = `labels: {scrape_job: ${name}}`;
    const ours = isNewer ? ["fallback_scrape_protocol: PrometheusText0.0.4", newer] : [];
    const more = [fields, ...ours].filter(Boolean).map((field) => `  ${field}\n`);
    return `- job_name: ${name}\n  metrics_path: ${path}\n  static_configs: [{targets: ['${address}'], ${labels}}]\n${more.join("")}`;
  });
  return `global: {scrape_interval: ${intervalS}s, scrape_timeout: ${intervalS}s}\nscrape_configs:\n${lines.join("")}`;
}

function syntheticJob({ name, job = "", newer = "" }: Behaviour, address: string): Job {
  return { name, address, path: `/${name}`, fields: job, newer };
}

describe.skipIf(!prometheus)("beside Debian's prometheus (prometheus)", () => {
  it("the same targets leave the same samples", {
    timeout: 120_000 + 4000 * intervalS * scrapesMin,
    retry: isLong ? 0 : 1,
  }, async () => {
    const baseTime = Date.now() - (Date.now() % 1000) + 7;
    const other = await startOtherHost();
    const list = behaviours({ baseTime, otherHost: other.address });
    const target = await startTarget(list);
    const exporters = await startExporters(isLong);
    const jobs = [...list.map((behaviour) => syntheticJob(behaviour, target.address)), ...exporters];
    const { ours, theirs } = await scrapeBoth(jobs);
    target.close();
    other.close();

    const known = new Map<string, number>();
    const unknown: string[] = [];
    for (const { name } of jobs) {
      const pair = { ours: samplesOf(ours, name), theirs: samplesOf(theirs, name) };
      const isReal = exporters.some((exporter) => exporter.name === name);
      const differences = isReal
        ? seriesDifferences(pair, name)
        : differencesOf(pair.ours, pair.theirs, { job: name, baseTime });
      for (const difference of differences) {
        const reason = knownDifference(difference);
        if (reason === undefined) unknown.push(difference);
        else known.set(reason, (known.get(reason) ?? 0) + 1);
      }
    }
    const scrapes = jobs.map(({ name }) => Math.min(samplesOf(ours, name).scrapes, samplesOf(theirs, name).scrapes));
    const series = [...ours.values()].reduce((sum, job) => sum + job.series.size, 0);
    console.log(
      `parity: ${jobs.length} targets, ${series} series, ${Math.min(...scrapes)} to ${Math.max(...scrapes)} scrapes of each`,
    );
    for (const [reason, count] of known) console.log(`  ${count} differences: ${reason}`);
    expect(unknown).toEqual([]);
    expect(Math.min(...scrapes)).toBeGreaterThanOrEqual(scrapesMin - 1);
    expect(other.credentials.get("narthex")).toBe("");
    for (const side of [ours, theirs]) expect(histogramsOf(samplesOf(side, "native"))).toBeGreaterThan(2);
  });
});

type Both = { readonly ours: ReadonlyMap<string, JobSamples>; readonly theirs: ReadonlyMap<string, JobSamples> };

async function scrapeBoth(jobs: readonly Job[]): Promise<Both> {
  const folder = freshFolder();
  const [oursPort, theirsPort] = await freePorts(2);
  const place = (
    name: string,
    port: number | undefined,
    isNewer: boolean,
  ): { data: string; base: string; flags: string[] } => {
    const config = join(folder, `${name}.yml`);
    writeFileSync(config, configOf(jobs, isNewer));
    const data = join(folder, name);
    const flags = [`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=127.0.0.1:${port}`];
    return { data, base: `http://127.0.0.1:${port}`, flags };
  };
  const own = place("ours", oursPort, true);
  const peer = place("theirs", theirsPort, false);
  const narthex = startNarthex(["server", ...own.flags]);
  const debian = start(prometheus as string, [...peer.flags, "--enable-feature=native-histograms"]);
  await Promise.all([answers(narthex, `${own.base}/-/ready`), answers(debian, `${peer.base}/-/ready`)]);
  const enough = `min(count_over_time(up[1h]))`;
  for (const base of [own.base, peer.base]) {
    const isEnough = async (): Promise<boolean> => ((await value(base, enough)) ?? 0) >= scrapesMin;
    await eventually(`${base} has ${scrapesMin} scrapes`, isEnough, 60_000 + 2000 * intervalS * scrapesMin);
  }
  narthex.child.kill("SIGTERM");
  debian.child.kill("SIGTERM");
  await Promise.all([narthex.exit(), debian.exit()]);
  return { ours: await readSamples(own.data), theirs: await readSamples(peer.data) };
}

function samplesOf(jobs: ReadonlyMap<string, JobSamples>, name: string): JobSamples {
  return jobs.get(name) ?? { scrapes: 0, series: new Map() };
}

/** Of a target whose numbers move by themselves: the series there are, and whether it was up. */
function seriesDifferences(
  { ours, theirs }: { readonly ours: JobSamples; readonly theirs: JobSamples },
  job: string,
): string[] {
  const isUp = (side: JobSamples): boolean =>
    [...side.series].some(([key, samples]) => key.includes('"up"') && samples.every(({ value: v }) => v === "1"));
  const missing = (from: JobSamples, to: JobSamples, whose: string): string[] =>
    [...from.series.keys()].filter((key) => !to.series.has(key)).map((key) => `${job} ${key}: only ${whose}`);
  const down = isUp(ours) && isUp(theirs) ? [] : [`${job} was not up: ours ${isUp(ours)}, theirs ${isUp(theirs)}`];
  return [...down, ...missing(ours, theirs, "ours"), ...missing(theirs, ours, "theirs")];
}

/** How many native histograms were stored. */
function histogramsOf({ series }: JobSamples): number {
  return [...series.values()].flat().filter(({ value: stored }) => stored.startsWith("{count:")).length;
}
