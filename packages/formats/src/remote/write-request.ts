// Bodies of remote write, both versions: series with their samples and metadata → protobuf, before snappy.
// Goes to: `tool push metrics`. Prometheus: prompb/types.proto, prompb/io/prometheus/write/v2/types.proto.
import { type Labels, type Metadata, type MetricType, metricNameLabel } from "@narthex/model";
import { encodeUtf8 } from "@narthex/stdx";
import { MessageWriter } from "../protobuf/writer.js";

export type WriteVersion = "prometheus.WriteRequest" | "io.prometheus.write.v2.Request";

export const writeVersions: readonly WriteVersion[] = ["prometheus.WriteRequest", "io.prometheus.write.v2.Request"];

export type WrittenSeries = {
  readonly labels: Labels;
  readonly samples: readonly { readonly t: number; readonly v: number }[];
};

export type WriteRequest = {
  readonly series: readonly WrittenSeries[];
  /** By the name of the family: a histogram's buckets belong to it. */
  readonly metadata: ReadonlyMap<string, Metadata>;
};

/** What the request's headers say of the body. */
export const writeHeaders: Readonly<Record<WriteVersion, Readonly<Record<string, string>>>> = {
  "prometheus.WriteRequest": {
    "content-type": "application/x-protobuf",
    "content-encoding": "snappy",
    "x-prometheus-remote-write-version": "0.1.0",
  },
  "io.prometheus.write.v2.Request": {
    "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
    "content-encoding": "snappy",
    "x-prometheus-remote-write-version": "2.0.0",
  },
};

export function encodeWriteRequest(request: WriteRequest, version: WriteVersion): Uint8Array {
  return version === "prometheus.WriteRequest" ? encodeFirst(request) : encodeSecond(request);
}

/** Each at the number that stands for it, the same in both versions. */
export const numberedMetricTypes: readonly MetricType[] = [
  "unknown",
  "counter",
  "gauge",
  "histogram",
  "gaugehistogram",
  "summary",
  "info",
  "stateset",
];

function encodeFirst({ series, metadata }: WriteRequest): Uint8Array {
  const writer = new MessageWriter();
  for (const { labels, samples } of series) {
    const message = new MessageWriter();
    for (let i = 0; i < labels.length; i += 2) {
      const pair = new MessageWriter().text(1, labels[i] as string).text(2, labels[i + 1] as string);
      message.message(1, pair.finish());
    }
    writeSamples(message, samples);
    writer.message(1, message.finish());
  }
  for (const [family, { type, help, unit }] of metadata) {
    const message = new MessageWriter()
      .uint(1, numberedMetricTypes.indexOf(type))
      .text(2, family)
      .text(4, help)
      .text(5, unit);
    writer.message(3, message.finish());
  }
  return writer.finish();
}

function writeSamples(message: MessageWriter, samples: WrittenSeries["samples"]): void {
  for (const { t, v } of samples) message.message(2, new MessageWriter().double(1, v).int(2, t).finish());
}

function encodeSecond({ series, metadata }: WriteRequest): Uint8Array {
  const symbols = new Map<string, number>([["", 0]]);
  const symbol = (text: string): number => {
    const known = symbols.get(text) ?? symbols.size;
    symbols.set(text, known);
    return known;
  };
  const messages = series.map(({ labels, samples }) => {
    const message = new MessageWriter().packedUint64(
      1,
      labels.map((text) => BigInt(symbol(text))),
    );
    writeSamples(message, samples);
    const { type, help, unit } = metadataOf(labels, metadata);
    const about = new MessageWriter()
      .uint(1, numberedMetricTypes.indexOf(type))
      .uint(3, symbol(help))
      .uint(4, symbol(unit));
    return message.message(5, about.finish()).finish();
  });
  const writer = new MessageWriter();
  for (const text of symbols.keys()) writer.message(4, encodeUtf8(text));
  for (const message of messages) writer.message(5, message);
  return writer.finish();
}

const unknown: Metadata = { type: "unknown", help: "", unit: "" };

function metadataOf(labels: Labels, metadata: WriteRequest["metadata"]): Metadata {
  const name = labels[labels.indexOf(metricNameLabel) + 1] ?? "";
  const family = metadata.get(name) ?? metadata.get(name.replace(/_(bucket|sum|count)$/, ""));
  return family ?? unknown;
}
