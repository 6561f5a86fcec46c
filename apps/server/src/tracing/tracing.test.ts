// A whole server that sends its spans to a collector, by HTTP and by gRPC: which there are, and who belongs to whom.
import { createServer, type IncomingHttpHeaders } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { openTestServer, writeFiles } from "../testing/server.js";

type Seen = {
  readonly name: string;
  readonly kind: number;
  readonly trace: string;
  readonly id: string;
  readonly parent: string;
};
type Field = { readonly number: number; readonly value: number | Buffer };

/** Fields of a protobuf message. */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const wire = key % 8;
    const number = Math.floor(key / 8);
    if (wire === 0) fields.push({ number, value: varint() });
    else {
      const length = wire === 2 ? varint() : wire === 1 ? 8 : 4;
      fields.push({ number, value: message.subarray(at, at + length) });
      at += length;
    }
  }
  return fields;
}

const messages = (message: Buffer, number: number): Buffer[] =>
  fieldsOf(message).flatMap((field) => (field.number === number && Buffer.isBuffer(field.value) ? [field.value] : []));

/** Of an ExportTraceServiceRequest. */
function spansOf(request: Buffer): Seen[] {
  const spans = messages(request, 1).flatMap((resource) =>
    messages(resource, 2).flatMap((scope) => messages(scope, 2)),
  );
  return spans.map((span) => {
    const text = (number: number, form: "hex" | "utf8"): string => messages(span, number)[0]?.toString(form) ?? "";
    const kind = Number(fieldsOf(span).find(({ number }) => number === 6)?.value);
    return { name: text(5, "utf8"), kind, trace: text(1, "hex"), id: text(2, "hex"), parent: text(4, "hex") };
  });
}

type Collector = {
  readonly endpoint: string;
  readonly spans: Seen[];
  readonly headers: IncomingHttpHeaders[];
  /** Statuses of the first answers; then all is well. */
  readonly answers: number[];
};

async function httpCollector(): Promise<Collector> {
  const spans: Seen[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const status = answers.shift() ?? 200;
      const body = Buffer.concat(parts);
      if (status === 200)
        spans.push(...spansOf(request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body));
      headers.push({ ...request.headers, ":path": request.url });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`, spans, headers, answers };
}

async function grpcCollector(): Promise<Collector> {
  const spans: Seen[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const answers: number[] = [];
  const server = createHttp2Server();
  server.on("stream", (stream, head) => {
    const parts: Buffer[] = [];
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => {
      const frame = Buffer.concat(parts);
      const body = frame.subarray(5, 5 + frame.readUInt32BE(1));
      const status = answers.shift() ?? 0;
      if (status === 0) spans.push(...spansOf(frame[0] === 1 ? gunzipSync(body) : body));
      headers.push(head);
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () =>
        stream.sendTrailers({ "grpc-status": String(status), "grpc-message": "as%20asked" }),
      );
      stream.end(Buffer.alloc(5));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`, spans, headers, answers };
}

const configOf = (tracing: string): Record<string, string> => ({
  "prometheus.yml": `
global: { scrape_interval: 10s, evaluation_interval: 10s }
rule_files: [rules.yml]
scrape_configs: [{ job_name: app, static_configs: [{ targets: ["app:1"] }], params: { token: [secret] } }]
${tracing}
`,
  "rules.yml": "groups: [{ name: g, rules: [{ record: r, expr: '1 + 1' }] }]\n",
});

const parentTrace = "0af7651916cd43dd8448eb211c80319c";
const parentSpan = "b7ad6b7169203331";

const kinds = [
  ["http", httpCollector, ""],
  ["http", httpCollector, "gzip"],
  ["grpc", grpcCollector, ""],
  ["grpc", grpcCollector, "gzip"],
] as const;

test.each(kinds)("spans of requests, queries, rules and scrapes are sent by %s", async (type, open, compression) => {
  const collector = await open();
  const tracing = `tracing: { endpoint: "${collector.endpoint}", client_type: ${type}, insecure: true, sampling_fraction: 1, compression: "${compression}", headers: { X-Own: own } }`;
  // The first attempt is refused for a while.
  collector.answers.push(type === "http" ? 503 : 14);
  const { server, base, clock, requests, logged } = await openTestServer({ files: configOf(tracing), body: "x 1\n" });
  for (let i = 0; i < 30; i++) await clock.advance(1000);
  const headers = { traceparent: `00-${parentTrace}-${parentSpan}-01` };
  const answer = await fetch(`${base}/api/v1/query`, {
    method: "POST",
    headers,
    body: new URLSearchParams({ query: "x" }),
  });
  expect(answer.status).toBe(200);
  await server.close();
  const { spans } = collector;
  const named = (name: string): Seen[] => spans.filter((span) => span.name === name);
  const [request] = named("POST /api/v1/query");
  expect(request).toMatchObject({ kind: 2, trace: parentTrace, parent: parentSpan });
  const [execution] = named("promqlExec").filter(({ trace }) => trace === parentTrace);
  expect(execution).toMatchObject({ kind: 1, parent: request?.id });
  for (const name of ["promqlEval", "promqlExecQueue"]) {
    expect(named(name)).toContainEqual(expect.objectContaining({ trace: parentTrace, parent: execution?.id }));
  }
  const [rule] = named("rule");
  expect(rule).toMatchObject({ kind: 1, parent: "" });
  expect(named("promqlExec")).toContainEqual(expect.objectContaining({ trace: rule?.trace, parent: rule?.id }));
  const [scrape] = named("Scrape");
  expect(scrape).toMatchObject({ kind: 3, parent: "" });
  const call = named("HTTP GET").find(({ parent }) => parent === scrape?.id);
  expect(requests.map((one) => one.headers?.["traceparent"])).toContain(`00-${call?.trace}-${call?.id}-01`);
  expect(collector.headers.at(-1)).toMatchObject({ "x-own": "own" });
  expect(logged).toEqual([]);
});

test("a reload switches tracing on and off, and a fraction of 0 samples what others sample", async () => {
  const collector = await httpCollector();
  const { server, base, folder, clock, requests } = await openTestServer({ files: configOf("") });
  for (let i = 0; i < 12; i++) await clock.advance(1000);
  expect(requests.at(-1)?.headers).not.toHaveProperty("traceparent");
  const on = `tracing: { endpoint: "${collector.endpoint}", client_type: http, insecure: true }`;
  writeFiles(folder, configOf(on));
  await fetch(`${base}/-/reload`, { method: "POST" });
  for (let i = 0; i < 12; i++) await clock.advance(1000);
  expect(requests.at(-1)?.headers?.["traceparent"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  const ask = (flags: string): Promise<Response> =>
    fetch(`${base}/api/v1/labels`, { headers: { traceparent: `00-${parentTrace}-${parentSpan}-${flags}` } });
  await ask("00");
  await ask("01");
  writeFiles(folder, configOf(""));
  await fetch(`${base}/-/reload`, { method: "POST" });
  // The reload sent what there was.
  expect(collector.spans.map(({ name, parent }) => [name, parent])).toEqual([["GET /api/v1/labels", parentSpan]]);
  await ask("01");
  await server.close();
  expect(collector.spans).toHaveLength(1);
});

test("a collector that refuses is told of, without what was to be sent", async () => {
  const collector = await grpcCollector();
  collector.answers.push(16, 16, 16);
  const tracing = `tracing: { endpoint: "${collector.endpoint}", insecure: true, sampling_fraction: 1, headers: { X-Key: secret } }`;
  const { server, base, logged } = await openTestServer({ files: configOf(tracing) });
  await fetch(`${base}/api/v1/labels?token=secret`);
  await server.close();
  expect(logged.join("")).toContain('err="the collector answered gRPC status 16: as asked"');
  expect(logged.join("")).not.toContain("secret");
});
