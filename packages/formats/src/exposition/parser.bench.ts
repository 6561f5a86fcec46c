// Text bodies → columns: all of it parsed, then the same lines again with a cache, as scrapes go, then every line new.
// Small within tests; `npm run bench -- formats` takes the real size. CPU time, so that other load counts little.
import { encodeUtf8, randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { ExpositionColumns } from "./columns.js";
import { parseExposition, scanExposition } from "./parser.js";
import { SeriesCache } from "./series-cache.js";

const isReal = process.env["BENCH"] === "1";
const series = isReal ? 10_000 : 200;
const rounds = isReal ? 100 : 3;

/** A body as a service exposes it: families of 20 series, about 85 bytes a line. */
function bodyOf(seed: number): Uint8Array {
  const random = randomFrom(seed);
  const lines: string[] = [];
  for (let n = 0; n < series; n++) {
    const family = `http_request_duration_seconds_${Math.floor(n / 20)}`;
    if (n % 20 === 0) lines.push(`# HELP ${family} What it took.`, `# TYPE ${family} gauge`);
    const value = random() < 0.6 ? Math.floor(random() * 1e6) : random() * 100;
    lines.push(`${family}{method="GET",path="/api/v1/items/${n % 20}",code="200"} ${value}`);
  }
  return encodeUtf8(`${lines.join("\n")}\n`);
}

const bodies = Array.from({ length: 8 }, (_, n) => bodyOf(n + 1));
const into = new ExpositionColumns();

/** Returns the checksum. */
function measure(name: string, parse: (body: Uint8Array) => void): number {
  for (const body of bodies) parse(body);
  let bytes = 0;
  let checksum = 0;
  const start = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    const body = bodies[round % bodies.length]!;
    parse(body);
    bytes += body.length;
    checksum = (checksum * 31 + into.v[round % series]!) % 1e9;
  }
  const { user, system } = process.cpuUsage(start);
  const nanoseconds = (user + system) * 1000;
  if (isReal) {
    const perSample = (nanoseconds / (rounds * series)).toFixed(0);
    const megabytes = ((bytes / nanoseconds) * 1000).toFixed(0);
    console.log(`${name}: ${perSample} ns per sample, ${megabytes} MB/s, checksum ${checksum}`);
  }
  return checksum;
}

it("parses bodies, with the same result whichever way", () => {
  const cache = new SeriesCache();
  const checksums = [
    measure("full parse", (body) => parseExposition(body, "PrometheusText0.0.4", into)),
    measure("scan, same lines", (body) => scanExposition(body, "PrometheusText0.0.4", { into, cache })),
    measure("scan, all lines new", (body) =>
      scanExposition(body, "PrometheusText0.0.4", { into, cache: new SeriesCache() }),
    ),
  ];
  expect(new Set(checksums).size).toBe(1);
});
