// Queries over blocks: all systems up at once over copies of one data directory, each query of each in turns, so that they share the
// machine's moods; CPU by the kernel. Prints medians, ratios to the first system, and whether the answers agree (1e-9 relative). Linux only.
// usage: node bench/end-to-end/queries.mjs DATA [SYSTEM,SYSTEM=prometheus,narthex] [ROUNDS=5] [FILTER]
// DATA: a data directory; the queries are those of query-list.mjs, or of the module that QUERIES names, from its `T0` on.
import { cpSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { cpuSeconds, residentBytes, sleep, startSystem } from "./systems.mjs";

const list = process.env.QUERIES ? resolve(process.env.QUERIES) : "./query-list.mjs";
const { instant, range, T0 } = await import(list);
const [data, names = "prometheus,narthex", rounds = "5", filter = ""] = process.argv.slice(2);
const portFirst = Number(process.env.BENCH_PORT ?? 19800);

function urlsOf() {
  const ranges = range.map(([name, query, start, end, step]) => {
    const parameters = { query, start: T0 + start, end: T0 + end, step };
    return [name, `query_range?${new URLSearchParams(parameters)}`];
  });
  const instants = instant.map(([name, query, time]) => {
    return [`${name}, now`, `query?${new URLSearchParams({ query, time: T0 + time })}`];
  });
  return [...ranges, ...instants].filter(([name]) => name.includes(filter));
}

async function started(name, i) {
  const folder = mkdtempSync(join(tmpdir(), `queries-${name}-`));
  const place = { config: join(folder, "prometheus.yml"), data: join(folder, "data"), port: portFirst + i };
  cpSync(data, place.data, { recursive: true });
  writeFileSync(place.config, "global: {scrape_interval: 1h}\n");
  const child = startSystem(name, place, openSync(join(folder, "log"), "w"));
  const base = `http://127.0.0.1:${place.port}`;
  while (
    !(await fetch(`${base}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await sleep(250);
  return { name, folder, child, api: `${base}/api/v1/` };
}

async function ask({ api, child }, url) {
  const cpu = cpuSeconds(child.pid);
  const begun = performance.now();
  const response = await fetch(api + url);
  const body = await response.arrayBuffer();
  return { ms: performance.now() - begun, cpuMs: 1000 * (cpuSeconds(child.pid) - cpu), body };
}

const digits = (value) => (Number.isFinite(Number(value)) ? Number(value).toPrecision(9) : value);

/** The same text for equal answers, whatever order their series have. */
function normal(body) {
  const { data: answer, error } = JSON.parse(Buffer.from(body).toString());
  if (!answer) return error;
  if (answer.resultType === "scalar") return digits(answer.result[1]);
  const line = ({ metric, values, value }) =>
    JSON.stringify([Object.entries(metric).sort(), (values ?? [value]).map(([t, v]) => [t, digits(v)])]);
  return answer.result.map(line).sort().join("\n");
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

async function measure(systems, url) {
  const asked = systems.map(() => []);
  for (let round = 0; round <= Number(rounds); round++) {
    for (const [i, system] of systems.entries()) asked[i].push(await ask(system, url));
  }
  const [first] = asked;
  return asked.map((answers) => ({
    coldMs: answers[0].ms,
    ms: median(answers.slice(1).map(({ ms }) => ms)),
    cpuMs: answers.slice(1).reduce((sum, { cpuMs }) => sum + cpuMs, 0) / Number(rounds),
    isSame: normal(answers.at(-1).body) === normal(first.at(-1).body),
  }));
}

const printed = ({ coldMs, ms, cpuMs }) => [coldMs, ms, cpuMs].map((value) => value.toFixed(1).padStart(8)).join("");

const systems = await Promise.all(names.split(",").map(started));
try {
  console.log("".padEnd(20), systems.map(({ name }) => `${name}: first, next, CPU ms`.padEnd(32)).join(""));
  const products = systems.map(() => ({ wall: 1, count: 0 }));
  for (const [name, url] of urlsOf()) {
    const results = await measure(systems, url);
    const ratios = results.slice(1).map(({ ms, cpuMs, isSame }, i) => {
      products[i + 1].wall *= results[0].ms / ms;
      products[i + 1].count++;
      const ratioOfCpu = (results[0].cpuMs / cpuMs).toFixed(2);
      return `wall ${(results[0].ms / ms).toFixed(2)} CPU ${ratioOfCpu} ${isSame ? "same" : "other answer"}`;
    });
    console.log(name.padEnd(20), results.map((result) => printed(result).padEnd(32)).join(""), ratios.join("; "));
  }
  systems.forEach(({ name, child }, i) => {
    const { wall, count } = products[i];
    const mean = count > 0 ? `, ${(wall ** (1 / count)).toFixed(2)} times as fast as the first by wall time` : "";
    console.log(`${name}: peak ${(residentBytes(child.pid, "VmHWM") / 2 ** 20).toFixed(0)} MiB${mean}`);
  });
} finally {
  for (const { child, folder } of systems) {
    child.kill();
    await new Promise((resolve) => child.on("exit", resolve));
    rmSync(folder, { recursive: true, force: true });
  }
}
