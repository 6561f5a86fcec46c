// Text bodies → columns: first scrape (every line new), then the same lines again, as scrapes go.
// Run: npm run bench -- formats/exposition. The small size runs in parser.bench.test.ts.
import { encodeUtf8, randomFrom } from "@narthex/stdx";
import { ExpositionColumns } from "./columns.js";
import { parseExposition, scanExposition } from "./parser.js";
import { SeriesCache } from "./series-cache.js";

export interface ParserBench {
  readonly series: number;
  readonly rounds: number;
}

export const parserBenchSmall: ParserBench = { series: 200, rounds: 3 };
export const parserBenchReal: ParserBench = { series: 10_000, rounds: 60 };

export interface ParserBenchResult {
  readonly name: string;
  readonly nsPerSample: number;
  readonly bytesPerSecond: number;
  readonly checksum: number;
}

/** A body as a service exposes it: families of 20 series, about 85 bytes a line. */
function bodyOf(series: number, seed: number): Uint8Array {
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

export function benchParser({ series, rounds }: ParserBench): ParserBenchResult[] {
  const bodies = Array.from({ length: 8 }, (_, n) => bodyOf(series, n + 1));
  const into = new ExpositionColumns();
  const cache = new SeriesCache();
  const measure = (name: string, parse: (body: Uint8Array) => void): ParserBenchResult => {
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
    const seconds = (user + system) / 1e6;
    return { name, nsPerSample: (seconds * 1e9) / (rounds * series), bytesPerSecond: bytes / seconds, checksum };
  };
  return [
    measure("full parse", (body) => parseExposition(body, "PrometheusText0.0.4", into)),
    measure("scan, same lines", (body) => scanExposition(body, "PrometheusText0.0.4", { into, cache })),
    measure("scan, all lines new", (body) =>
      scanExposition(body, "PrometheusText0.0.4", { into, cache: new SeriesCache() }),
    ),
  ];
}
