// What a data point costs from the body to the head: decoded, translated, stored; series known. Gauges with six attributes, and
// histograms of eleven bounds, on both wires.
// Small within tests; `npm run bench -- server/src/otlp` takes the real size. CPU time, so that other load counts little.
import { decodeOtlpJson, decodeOtlpProtobuf, MessageWriter, type OtlpResource } from "@narthex/formats";
import { SimFileSystem } from "@narthex/stdx";
import { openTsdb } from "@narthex/tsdb";
import { expect, it } from "vitest";
import { otlpDefaults } from "../config/otlp.js";
import { type OtlpReceiverOptions, storeShort } from "./receiver.js";
import { fixed64 } from "./testing.js";

const isReal = process.env["BENCH"] === "1";
const points = isReal ? 1000 : 20;
const rounds = isReal ? 40 : 3;
const start = 1_700_000_000_000;
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

function attributesOf(n: number): Readonly<Record<string, string>> {
  return {
    "http.request.method": "GET",
    "http.response.status_code": String(200 + (n % 5)),
    "http.route": `/api/v1/items/${n}`,
    "network.protocol.version": "1.1",
    "server.address": "shop.example.org",
    "url.scheme": "https",
  };
}

type Kind = "gauge" | "histogram";

function jsonBody(kind: Kind, t: number): Uint8Array {
  const dataPoints = Array.from({ length: points }, (_, n) => ({
    attributes: Object.entries(attributesOf(n)).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    startTimeUnixNano: `${start}000000`,
    timeUnixNano: `${t}000000`,
    ...(kind === "gauge"
      ? { asDouble: (t / 1000 + n) * 0.37 }
      : { count: "12", sum: 3.5, bucketCounts: Array(bounds.length + 1).fill("1"), explicitBounds: bounds }),
  }));
  const metric = { name: "http.server.duration", unit: "s", [kind]: { dataPoints, aggregationTemporality: 2 } };
  return Buffer.from(JSON.stringify({ resourceMetrics: [{ resource: {}, scopeMetrics: [{ metrics: [metric] }] }] }));
}

function protobufBody(kind: Kind, t: number): Uint8Array {
  const data = new MessageWriter();
  for (let n = 0; n < points; n++) data.message(1, protobufPoint(kind, t, n));
  if (kind === "histogram") data.uint(2, 2);
  const metric = new MessageWriter().text(1, "http.server.duration").text(3, "s");
  const scope = new MessageWriter().message(2, metric.message(kind === "gauge" ? 5 : 9, data.finish()).finish());
  return new MessageWriter().message(1, new MessageWriter().message(2, scope.finish()).finish()).finish();
}

function protobufPoint(kind: Kind, t: number, n: number): Uint8Array {
  const writer = new MessageWriter();
  for (const [key, value] of Object.entries(attributesOf(n))) {
    const attribute = new MessageWriter().text(1, key).message(2, new MessageWriter().text(1, value).finish());
    writer.message(kind === "gauge" ? 7 : 9, attribute.finish());
  }
  const fields = [fixed64(2, BigInt(start) * 1_000_000n), fixed64(3, BigInt(t) * 1_000_000n)];
  if (kind === "gauge") writer.double(4, (t / 1000 + n) * 0.37);
  else {
    fields.push(fixed64(4, 12n));
    const counts = Buffer.concat(Array.from({ length: bounds.length + 1 }, () => fixed64(1, 1n).subarray(1)));
    writer.double(5, 3.5).bytes(6, counts).packedDoubles(7, bounds);
  }
  return Buffer.concat([writer.finish(), ...fields]);
}

const decoders = { protobuf: decodeOtlpProtobuf, json: decodeOtlpJson };
const bodies = { protobuf: protobufBody, json: jsonBody };

it.each([
  ["gauge", "protobuf"],
  ["gauge", "json"],
  ["histogram", "protobuf"],
  ["histogram", "json"],
] as const)("receives a %s in %s", { timeout: 120_000 }, async (kind, wire) => {
  const db = await openTsdb({ fileSystem: new SimFileSystem(), path: "/data", retentionMs: 0 });
  let now = start;
  const options: OtlpReceiverOptions = {
    appendable: db,
    now: () => now,
    storesStartTimes: false,
    startsAtZero: false,
    addsTypeAndUnit: false,
    config: () => otlpDefaults,
    lookbackDeltaMs: 300_000,
    deltas: "refused",
  };
  const decode: (body: Uint8Array) => OtlpResource[] = decoders[wire];
  let samples = 0;
  let decoding = 0;
  let storing = 0;
  for (let round = 0; round < rounds; round++) {
    now += 15_000;
    const body = bodies[wire](kind, now);
    const before = process.cpuUsage();
    const resources = decode(body);
    const between = process.cpuUsage();
    const written = storeShort(resources, options);
    const { user, system } = process.cpuUsage(between);
    expect(written.refusals.count).toBe(0);
    samples += written.samples;
    // The first rounds make series and code.
    if (round < rounds / 4) continue;
    decoding += between.user + between.system - before.user - before.system;
    storing += user + system;
  }
  await db.close();
  expect(samples).toBe(rounds * points * (kind === "gauge" ? 1 : bounds.length + 3));
  if (isReal) {
    const perPoint = (micros: number): string => ((micros * 1000) / (rounds * 0.75 * points)).toFixed(0);
    console.log(`${kind}, ${wire}: ns for each data point, decode ${perPoint(decoding)}, store ${perPoint(storing)}`);
  }
});
