export {
  type ExemplarRow,
  ExpositionColumns,
  expositionBytesMax,
  type HistogramRow,
} from "./exposition/columns.js";
export {
  type EscapingScheme,
  escapeName,
  escapingSchemes,
  isEscapingScheme,
  unescapeName,
} from "./exposition/escaping.js";
export { type Exposed, exposeFamilies } from "./exposition/expose.js";
export { familiesFrom } from "./exposition/families.js";
export type {
  HistogramBucket,
  HistogramFamily,
  HistogramMetric,
  MetricFamily,
  SummaryFamily,
  SummaryMetric,
  ValueFamily,
  ValueMetric,
} from "./exposition/family.js";
export {
  contentTypes,
  defaultScrapeProtocols,
  type ExpositionFormat,
  expositionFormats,
  isExpositionFormat,
  nativeScrapeProtocols,
} from "./exposition/format.js";
export { type KeyEnd, labelsFromKey, metricNameFromKey, printFloatOpenMetrics } from "./exposition/labels.js";
export { lintFamilies, type MetricProblem } from "./exposition/lint.js";
export type { MetadataColumns, MetadataKind, MetadataLine } from "./exposition/metadata-columns.js";
export {
  acceptHeader,
  ContentTypeError,
  type FormatChoice,
  formatFromContentType,
  type Negotiated,
  type NegotiationOptions,
  negotiateFormat,
} from "./exposition/negotiation.js";
export { OpenLines } from "./exposition/open-lines.js";
export { ParseError } from "./exposition/parse-error.js";
export { parseExposition, scanExposition, scanUncommitted } from "./exposition/parser.js";
export { type ByteSource, openMetricsPieces, type PieceOptions } from "./exposition/pieces.js";
export { printEnd, printExposition, printFamily, type TextWire } from "./exposition/printer.js";
export { encodeProtobufExposition } from "./exposition/protobuf-writer.js";
export { SeriesCache } from "./exposition/series-cache.js";
export type { RowOptions, Sink } from "./exposition/sink.js";
export { type JsonParts, JsonWriter } from "./http-api/json-writer.js";
export { LabelTexts } from "./http-api/label-texts.js";
export {
  type ApiBucket,
  type MatrixSeries,
  type QueryValue,
  type ResultOptions,
  type VectorPoint,
  writeLabels,
  writeQueryResult,
} from "./http-api/query-result.js";
export { RowKernel } from "./http-api/row-kernel.js";
export { decodeOtlpJson, decodeOtlpJsonSteps } from "./otlp/json-decoder.js";
export { OtlpJsonError } from "./otlp/json-walk.js";
export type {
  OtlpAttributes,
  OtlpBuckets,
  OtlpData,
  OtlpExemplar,
  OtlpExponentialPoint,
  OtlpHistogramPoint,
  OtlpMetric,
  OtlpNumberPoint,
  OtlpPoint,
  OtlpResource,
  OtlpScope,
  OtlpSummaryPoint,
} from "./otlp/metrics.js";
export { decodeOtlpProtobuf, decodeOtlpProtobufSteps } from "./otlp/protobuf-decoder.js";
export { lastOf, type Steps } from "./otlp/steps.js";
export { ProtoReader } from "./protobuf/reader.js";
export { MessageWriter } from "./protobuf/writer.js";
export type { ReceivedHistogram } from "./remote/histogram.js";
export { LabelTable } from "./remote/label-table.js";
export {
  type ChunkedSeries,
  decodeChunkFrames,
  decodeSamplesResponse,
  type SampledSeries,
} from "./remote/read-decoder.js";
export {
  decodeReadRequest,
  encodeReadRequest,
  negotiateReadResponse,
  type ReadHints,
  type ReadQuery,
  type ReadRequest,
  type ReadResponseType,
} from "./remote/read-request.js";
export {
  chunksContentType,
  encodeChunkFrame,
  encodeLabels,
  encodeReadChunk,
  type ReadChunk,
  SamplesResponse,
  samplesContentType,
} from "./remote/read-response.js";
export { SymbolEncoder } from "./remote/symbol-encoder.js";
export {
  decodeWriteRequest,
  decodeWriteSteps,
  type ReceivedExemplar,
  type ReceivedLabels,
  type ReceivedSample,
  type ReceivedSeries,
} from "./remote/write-decoder.js";
export { encodeMetadataRequest, WriteEncoder } from "./remote/write-encoder.js";
export {
  encodeWriteRequest,
  type WriteRequest,
  type WriteVersion,
  type WrittenSeries,
  writeHeaders,
  writeVersions,
} from "./remote/write-request.js";
export type { AttachedExemplar, MetadataOf, WriteExemplar, WriteOther, WriteRows } from "./remote/write-rows.js";
export {
  decodeSnappy,
  encodeSnappy,
  SnappyError,
  snappyDecodedBytesMax,
  snappyDecodedLength,
} from "./snappy/block.js";
export { decodeSnappyFrames, encodeSnappyFrames } from "./snappy/frames.js";
export { decodeSnappySteps } from "./snappy/steps.js";
