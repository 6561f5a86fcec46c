// Makes a data directory whose samples are all in the head: the 10,000 series that query-list.mjs asks for, a sample every 15 s, for
// the last 2 h 45 min of the 4 h it asks about; more would become a block. The log is written by Narthex in a form that all read.
// usage: node bench/end-to-end/head-data.mjs DATA; then node bench/end-to-end/queries.mjs DATA
import { labelsFrom } from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { openTsdb } from "@narthex/tsdb";
import { T0 } from "./query-list.mjs";

const [path] = process.argv.slice(2);
const intervalMs = 15_000;
const start = T0 + 1.25 * 3600;
const end = T0 + 4 * 3600;
const random = randomFrom(1);
const counts = (number) => Array.from({ length: number }, (_, i) => i);

/** A counter that grows by up to `rate` in each step. */
function counter(rate) {
  let value = Math.floor(random() * 1e4);
  return () => {
    value = random() < 0.0005 ? 0 : value + Math.floor(rate * random());
    return value;
  };
}

function gauge() {
  let value = 8e9 * random();
  return () => {
    value = Math.floor(value + (random() - 0.5) * 1e7);
    return value;
  };
}

function cpuSeconds(share) {
  let value = random() * 1e5;
  return () => {
    value = Math.round((value + 15 * share * (0.5 + random())) * 100) / 100;
    return value;
  };
}

const methods = ["GET", "PUT", "POST", "DELETE"];
const codes = ["200", "200", "404", "500", "503"];
const bounds = ["0.005", "0.01", "0.05", "0.1", "0.5", "1.0", "5.0", "+Inf"];

const perHost = (i) => [
  ...counts(10).flatMap((h) =>
    methods.map((method, m) => ({
      labels: { __name__: "http_requests_total", handler: `/api/v1/r${h}`, method, code: codes[(h + m) % 5] },
      next: counter(random() * 40),
    })),
  ),
  ...(i < 50 ? counts(10) : []).flatMap((h) =>
    bounds.map((le, k) => ({
      labels: { __name__: "http_request_duration_seconds_bucket", handler: `/api/v1/r${h}`, le },
      next: counter(4 * (k + 1)),
    })),
  ),
  ...counts(4).flatMap((cpu) =>
    ["idle", "user", "system", "iowait"].map((mode) => ({
      labels: { __name__: "node_cpu_seconds_total", job: "node", cpu: String(cpu), mode },
      next: cpuSeconds(mode === "idle" ? 0.8 : 0.1),
    })),
  ),
  ...["a", "b", "c", "d"].map((kind) => ({
    labels: { __name__: "node_memory_bytes", job: "node", kind },
    next: gauge(),
  })),
];

const db = await openTsdb({ path, memorySnapshot: false });
const targets = counts(100).map((i) => {
  const series = perHost(i);
  const appender = db.appender();
  const host = { job: `api-${i % 5}`, instance: `host-${i}` };
  const refs = Uint32Array.from(series, ({ labels }) => appender.series(labelsFrom({ ...host, ...labels })));
  appender.commit();
  return { series, refs };
});
for (let t = start * 1000; t < end * 1000; t += intervalMs) {
  for (const { series, refs } of targets) {
    const appender = db.appender();
    const count = series.length;
    appender.append({
      count,
      refs,
      t: new Float64Array(count).fill(t + 3217),
      v: Float64Array.from(series, ({ next }) => next()),
      outcomes: new Uint8Array(count),
    });
    appender.commit();
  }
}
await db.close();
