// Bodies of remote write as they were received, both versions: protobuf, after snappy → series with all that belongs to them.
// Goes to: the server's remote/receiver, which judges labels and samples. The counterpart of write-request.ts.
import type { Metadata } from "@narthex/model";
import { ByteRangeError } from "@narthex/stdx";
import { ProtoReader } from "../protobuf/reader.js";
import { readText } from "../protobuf/text.js";
import { DecodeBudget } from "./budget.js";
import { type ReceivedHistogram, readHistogram } from "./histogram.js";
import { numberedMetricTypes, type WriteVersion } from "./write-request.js";

export type ReceivedLabels = {
  /** Name, value, name, …: as sent, neither sorted nor unique. Bytes that are no UTF-8 stand as lone surrogates. */
  readonly texts: readonly string[];
  /** Why the labels cannot be told. */
  readonly problem?: string;
};

/** Times in ms; a start time of 0 is not known. */
export type ReceivedSample = { readonly t: number; readonly v: number; readonly startTime: number };

export type ReceivedExemplar = { readonly labels: ReceivedLabels; readonly t: number; readonly v: number };

export type ReceivedSeries = {
  labels: ReceivedLabels;
  readonly samples: ReceivedSample[];
  readonly histograms: ReceivedHistogram[];
  readonly exemplars: ReceivedExemplar[];
  /** Version 2 alone has it with each series; version 1 sends that of families, which is not read. */
  metadata: Metadata | undefined;
};

/** Roughly counted; a body of 32 MiB as servers and agents send it takes less. */
export const decodedWriteBytesMax: number = 512 * 1024 * 1024;

/** Throws ByteRangeError. */
export function decodeWriteRequest(
  body: Uint8Array,
  version: WriteVersion,
  bytesMax: number = decodedWriteBytesMax,
): ReceivedSeries[] {
  const received: ReceivedSeries[] = [];
  for (const series of decodeWriteSteps(body, version, bytesMax)) if (series) received.push(series);
  return received;
}

/** As decodeWriteRequest, in small steps: each series when it is decoded, and undefined between steps of other work. */
export function decodeWriteSteps(
  body: Uint8Array,
  version: WriteVersion,
  bytesMax: number = decodedWriteBytesMax,
): Generator<ReceivedSeries | undefined> {
  const budget = new DecodeBudget(bytesMax);
  return version === "prometheus.WriteRequest" ? decodeFirst(body, budget) : decodeSecond(body, budget);
}

/** Fields of a message between two steps: samples, symbols. */
const stepFields = 1024;

// Bytes of memory, roughly.
const seriesBytes = 150;
const pairBytes = 16;
const sampleBytes = 48;
const exemplarBytes = 100;

function* decodeFirst(body: Uint8Array, budget: DecodeBudget): Generator<ReceivedSeries | undefined> {
  const reader = new ProtoReader(body);
  while (reader.next()) if (reader.field === 1) yield yield* readFirstSeries(reader.message(), budget);
}

function newSeries(budget: DecodeBudget, offset: number): ReceivedSeries {
  budget.charge(seriesBytes, offset);
  return { labels: { texts: [] }, samples: [], histograms: [], exemplars: [], metadata: undefined };
}

function* readFirstSeries(reader: ProtoReader, budget: DecodeBudget): Generator<undefined, ReceivedSeries> {
  const series = newSeries(budget, reader.offset);
  const texts: string[] = [];
  for (let fields = 1; reader.next(); fields++) {
    if (fields % stepFields === 0) yield;
    if (reader.field === 1) pushPair(texts, reader.message(), budget);
    else if (reader.field === 2) series.samples.push(readSample(reader.message(), budget));
    else if (reader.field === 3) series.exemplars.push(readFirstExemplar(reader.message(), budget));
    else if (reader.field === 4) series.histograms.push(readHistogram(reader.message(), budget));
  }
  series.labels = { texts };
  return series;
}

function pushPair(texts: string[], reader: ProtoReader, budget: DecodeBudget): void {
  let name = "";
  let value = "";
  while (reader.next()) {
    if (reader.field === 1) name = readText(reader);
    else if (reader.field === 2) value = readText(reader);
  }
  budget.charge(pairBytes + name.length + value.length, reader.offset);
  texts.push(name, value);
}

function readSample(reader: ProtoReader, budget: DecodeBudget): ReceivedSample {
  budget.charge(sampleBytes, reader.offset);
  let t = 0;
  let v = 0;
  let startTime = 0;
  while (reader.next()) {
    if (reader.field === 1) v = reader.double();
    else if (reader.field === 2) t = reader.signed();
    else if (reader.field === 3) startTime = reader.signed();
  }
  return { t, v, startTime };
}

function readFirstExemplar(reader: ProtoReader, budget: DecodeBudget): ReceivedExemplar {
  budget.charge(exemplarBytes, reader.offset);
  const texts: string[] = [];
  let t = 0;
  let v = 0;
  while (reader.next()) {
    if (reader.field === 1) pushPair(texts, reader.message(), budget);
    else if (reader.field === 2) v = reader.double();
    else if (reader.field === 3) t = reader.signed();
  }
  return { labels: { texts }, t, v };
}

/** What the messages of one body of version 2 share. */
type SymbolContext = { readonly symbols: readonly string[]; readonly budget: DecodeBudget };

function* decodeSecond(body: Uint8Array, budget: DecodeBudget): Generator<ReceivedSeries | undefined> {
  // Nothing says that symbols come before the series that name them.
  const context = { symbols: yield* readSymbols(body, budget), budget };
  const reader = new ProtoReader(body);
  while (reader.next()) if (reader.field === 5) yield yield* readSecondSeries(reader.message(), context);
}

/** The first symbol is the empty text: references that are left out are 0. */
function* readSymbols(body: Uint8Array, budget: DecodeBudget): Generator<undefined, string[]> {
  const symbols: string[] = [];
  const reader = new ProtoReader(body);
  while (reader.next()) {
    if (reader.field !== 4) continue;
    const text = readText(reader);
    budget.charge(pairBytes + text.length, reader.offset);
    if (symbols.length === 0 && text !== "") {
      throw new ByteRangeError("symbols table does not start with an empty string", reader.contentRange()[0]);
    }
    symbols.push(text);
    if (symbols.length % stepFields === 0) yield;
  }
  return symbols;
}

function* readSecondSeries(reader: ProtoReader, context: SymbolContext): Generator<undefined, ReceivedSeries> {
  const { budget } = context;
  const series = newSeries(budget, reader.offset);
  const references: number[] = [];
  for (let fields = 1; reader.next(); fields++) {
    if (fields % stepFields === 0) yield;
    if (reader.field === 1) reader.pushUnsigned32s(references);
    else if (reader.field === 2) series.samples.push(readSample(reader.message(), budget));
    else if (reader.field === 3) series.histograms.push(readHistogram(reader.message(), budget));
    else if (reader.field === 4) series.exemplars.push(readSecondExemplar(reader.message(), context));
    else if (reader.field === 5) series.metadata = readMetadata(reader.message(), context);
  }
  series.labels = labelsOf(references, context, reader.offset);
  return series;
}

const referencesShownMax = 20;

function labelsOf(references: readonly number[], { symbols, budget }: SymbolContext, offset: number): ReceivedLabels {
  const size = symbols.length;
  if (references.length % 2 !== 0) return { texts: [], problem: `invalid labelRefs length ${references.length}` };
  const texts: string[] = [];
  for (let i = 0; i < references.length; i += 2) {
    const [name, value] = references.slice(i, i + 2).map((reference) => symbols[reference]);
    if (name === undefined || value === undefined) {
      const shown = references.slice(0, referencesShownMax).join(" ");
      const where = `labelRefs ${references[i]} (name) = ${references[i + 1]} (value)`;
      return { texts: [], problem: `[${shown}]: ${where} outside of symbols table (size ${size})` };
    }
    budget.charge(pairBytes + name.length + value.length, offset);
    texts.push(name, value);
  }
  return { texts };
}

function readSecondExemplar(reader: ProtoReader, context: SymbolContext): ReceivedExemplar {
  context.budget.charge(exemplarBytes, reader.offset);
  const references: number[] = [];
  let t = 0;
  let v = 0;
  while (reader.next()) {
    if (reader.field === 1) reader.pushUnsigned32s(references);
    else if (reader.field === 2) v = reader.double();
    else if (reader.field === 3) t = reader.signed();
  }
  return { labels: labelsOf(references, context, reader.offset), t, v };
}

/** Undefined where nothing is told. Throws ByteRangeError. */
function readMetadata(reader: ProtoReader, { symbols }: SymbolContext): Metadata | undefined {
  let type = 0;
  let help = 0;
  let unit = 0;
  while (reader.next()) {
    if (reader.field === 1) type = reader.unsigned();
    else if (reader.field === 3) help = reader.unsigned();
    else if (reader.field === 4) unit = reader.unsigned();
  }
  const textOf = (reference: number): string => {
    const text = reference === 0 ? "" : symbols[reference];
    if (text !== undefined) return text;
    throw new ByteRangeError(`metadata names symbol ${reference} of ${symbols.length}`, reader.offset);
  };
  const metadata = { type: numberedMetricTypes[type] ?? "unknown", help: textOf(help), unit: textOf(unit) };
  return metadata.type === "unknown" && metadata.help === "" && metadata.unit === "" ? undefined : metadata;
}
