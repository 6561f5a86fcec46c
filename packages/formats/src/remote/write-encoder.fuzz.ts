// Random rows, encoded in both versions, come back as they were from the decoder that receives them.
import { emptyLabels, type Histogram, type Labels, labelsFrom, type Metadata } from "@narthex/model";
import { randomFrom } from "@narthex/stdx";
import { expect, it } from "vitest";
import { decodeSnappy } from "../snappy/block.js";
import { LabelTable } from "./label-table.js";
import { SymbolEncoder } from "./symbol-encoder.js";
import { decodeWriteRequest, type ReceivedSeries } from "./write-decoder.js";
import { WriteEncoder } from "./write-encoder.js";
import { writeVersions } from "./write-request.js";
import type { AttachedExemplar, WriteOther } from "./write-rows.js";

const seed = Number(process.env["SEED"] ?? 11);
const requests = Number(process.env["STEPS"] ?? 15);

const exponential: Histogram = {
  schema: 3,
  counterResetHint: "gauge",
  zeroThreshold: 0.001,
  zeroCount: 2,
  count: 12,
  sum: 18.4,
  positiveSpans: [
    { offset: 0, length: 2 },
    { offset: 3, length: 1 },
  ],
  positiveBuckets: [3, 1, 4],
  negativeSpans: [{ offset: -5, length: 1 }],
  negativeBuckets: [2],
  customValues: [],
};

const custom: Histogram = {
  ...exponential,
  schema: -53,
  counterResetHint: "unknown",
  zeroThreshold: 0,
  zeroCount: 0,
  count: 4.5,
  positiveSpans: [{ offset: 0, length: 3 }],
  positiveBuckets: [1.5, 2, 1],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [0.1, 2.5],
};

type Row = {
  readonly series: number;
  readonly t: number;
  readonly bits: bigint;
  readonly startTime: number;
  readonly other: WriteOther | undefined;
  readonly attached: AttachedExemplar | undefined;
};

const staleBits = 0x7ff0000000000002n;

it(`rows come back from the decoder (seed ${seed})`, () => {
  const random = randomFrom(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const table = new LabelTable();
  const labels: Labels[] = [];
  const addSeries = (series: number): void => {
    labels[series] = labelsFrom({
      __name__: `métric_${below(40)}`,
      instance: `host-${below(5)}`,
      job: "j".repeat(1 + below(90)),
      [`l${below(6)}`]: String(below(1000)),
      ...(below(10) === 0 ? { long: "x".repeat(below(70_000)) } : {}),
    });
    table.set(series, labels[series]!);
  };
  for (let i = 0; i < 300; i++) addSeries(i);
  const value = (): bigint => {
    const kind = below(6);
    if (kind === 0) return 0n;
    if (kind === 1) return staleBits;
    if (kind === 2) return 1n << 63n;
    return BigInt(below(2 ** 32)) * 2n ** 30n;
  };
  const other = (): WriteOther | undefined => {
    const kind = below(30);
    if (kind === 0) return { kind: "histogram", histogram: exponential };
    if (kind === 1) return { kind: "histogram", histogram: custom };
    if (kind === 2) return { kind: "exemplar", labels: labelsFrom({ trace: `t${below(1e6)}` }), v: random() };
    if (kind === 3) return { kind: "exemplar", labels: emptyLabels, v: 0 };
    return undefined;
  };
  const first = new WriteEncoder();
  const second = new SymbolEncoder();
  for (let request = 0; request < requests; request++) {
    if (request % 7 === 3) {
      for (let i = 0; i < 250; i++) table.clear(below(300));
      table.compact();
      for (let i = 0; i < 300; i++) if (table.counts[i] === 0) addSeries(i);
    }
    const time = below(3) === 0 ? -below(1e12) : 1.7e12 + below(1e6);
    const rows: Row[] = Array.from({ length: below(600) }, () => ({
      series: below(300),
      t: below(4) === 0 ? time + below(300) : time,
      bits: value(),
      startTime: below(3) === 0 ? 1.6e12 + below(1000) : 0,
      other: other(),
      attached:
        below(20) === 0
          ? { kind: "exemplar" as const, labels: labelsFrom({ a: `t${below(9)}` }), v: 7, t: time }
          : undefined,
    }));
    const words = new Uint32Array(2 * rows.length);
    rows.forEach(({ bits }, i) => {
      words[2 * i] = Number(bits & 0xffffffffn);
      words[2 * i + 1] = Number(bits >> 32n);
    });
    const columns = {
      count: rows.length,
      series: Uint32Array.from(rows, ({ series }) => series),
      t: Float64Array.from(rows, ({ t }) => t),
      words,
      startTimes: Float64Array.from(rows, ({ startTime }) => startTime),
      others: rows.map((row) => row.other),
      attached: new Map(rows.flatMap(({ attached }, i) => (attached ? [[i, [attached]] as const] : []))),
    };
    const metadata: Metadata = { type: "counter", help: `h${below(3)}`, unit: "s" };
    const metadataOf = (series: number): Metadata | undefined => (series % 2 === 0 ? metadata : undefined);
    for (const version of writeVersions) {
      const isFirst = version === "prometheus.WriteRequest";
      const body = isFirst ? first.encode(columns, table) : second.encode(columns, table, metadataOf);
      const received = decodeWriteRequest(decodeSnappy(body), version);
      expect(received.map(shown)).toEqual(rows.map((row) => expected(row, { labels: labels[row.series]!, isFirst })));
      if (isFirst) continue;
      expect(received.map(({ metadata }) => metadata)).toEqual(rows.map(({ series }) => metadataOf(series)));
    }
  }
});

function bitsOf(v: number): string {
  // A NaN may have become a quiet one on its way through a register.
  return Number.isNaN(v) ? "NaN" : Object.is(v, -0) ? "-0" : String(v);
}

function shown({ labels, samples, histograms, exemplars }: ReceivedSeries): unknown {
  return {
    labels: labels.texts,
    samples: samples.map(({ t, v, startTime }) => [t, bitsOf(v), startTime]),
    histograms: histograms.map(({ t, startTime, histogram }) => ({ t, startTime, histogram })),
    exemplars: exemplars.map(({ labels: { texts }, t, v }) => [texts, t, v]),
  };
}

function expected(row: Row, { labels, isFirst }: { readonly labels: Labels; readonly isFirst: boolean }): unknown {
  const { t, other, startTime } = row;
  const v = new Float64Array(BigUint64Array.of(row.bits).buffer)[0]!;
  return {
    labels,
    // Version 1 has no start times of floats.
    samples: other ? [] : [[t, bitsOf(v), isFirst ? 0 : startTime]],
    histograms: other?.kind === "histogram" ? [{ t, startTime, histogram: other.histogram }] : [],
    exemplars: [
      ...(other?.kind === "exemplar" ? [[other.labels, t, other.v]] : []),
      // Version 1 has them in rows of their own.
      ...(row.attached && !isFirst ? [[row.attached.labels, row.attached.t, row.attached.v]] : []),
    ],
  };
}

it("a stale marker keeps its bits", () => {
  const table = new LabelTable();
  table.set(0, labelsFrom({ __name__: "m" }));
  const columns = {
    count: 1,
    series: Uint32Array.of(0),
    t: Float64Array.of(5),
    words: Uint32Array.of(2, 0x7ff00000),
    startTimes: undefined,
    others: undefined,
  };
  const marker = [0x12, 0x0b, 0x09, 2, 0, 0, 0, 0, 0, 0xf0, 0x7f, 0x10, 5];
  const firstBody = decodeSnappy(new WriteEncoder().encode(columns, table));
  expect([...firstBody.subarray(-marker.length)]).toEqual(marker);
  const secondBody = decodeSnappy(new SymbolEncoder().encode(columns, table, () => undefined));
  expect([...secondBody.subarray(-marker.length)]).toEqual(marker);
});
