// KeyValue and AnyValue of opentelemetry/proto/common/v1/common.proto.
import { ByteRangeError } from "@narthex/stdx";
import type { ProtoReader } from "../protobuf/reader.js";
import type { DecodeContext } from "./context.js";
import { type OtlpValue, printValue, valueDepthMax } from "./value.js";

// Bytes of memory, roughly.
const attributeBytes = 32;
const valueBytes = 48;

/** Adds key and text. */
export function readAttribute(attributes: string[], reader: ProtoReader, context: DecodeContext): void {
  context.budget.charge(attributeBytes + reader.end - reader.offset, reader.offset);
  const [key, value] = readKeyValue(reader, { depth: 0, context });
  attributes.push(key, printValue(value));
}

type Nesting = { readonly depth: number; readonly context: DecodeContext };

function readKeyValue(reader: ProtoReader, nesting: Nesting): [key: string, value: OtlpValue] {
  let key = "";
  let value: OtlpValue = null;
  while (reader.next()) {
    if (reader.field === 1) key = nesting.context.texts.read(reader);
    else if (reader.field === 2) value = readValue(reader.message(), nesting);
  }
  return [key, value];
}

function readValue(reader: ProtoReader, nesting: Nesting): OtlpValue {
  let value: OtlpValue = null;
  while (reader.next()) value = valueFields[reader.field]?.(reader, nesting) ?? value;
  return value;
}

const valueFields: Readonly<Record<number, (reader: ProtoReader, nesting: Nesting) => OtlpValue>> = {
  1: (reader, { context }) => context.texts.read(reader),
  2: (reader) => reader.unsigned() !== 0,
  3: (reader) => ({ digits: String(reader.signedExact()) }),
  4: (reader) => reader.double(),
  5: (reader, nesting) => readList(reader.message(), deeper(nesting, reader)),
  6: (reader, nesting) => readMap(reader.message(), deeper(nesting, reader)),
  7: (reader) => reader.bytes.subarray(...reader.contentRange()),
};

function deeper({ depth, context }: Nesting, reader: ProtoReader): Nesting {
  if (depth >= valueDepthMax) throw new ByteRangeError(`value nested more than ${valueDepthMax} deep`, reader.offset);
  return { depth: depth + 1, context };
}

function readList(reader: ProtoReader, nesting: Nesting): OtlpValue {
  const values: OtlpValue[] = [];
  while (reader.next()) {
    nesting.context.budget.charge(valueBytes, reader.offset);
    if (reader.field === 1) values.push(readValue(reader.message(), nesting));
  }
  return values;
}

function readMap(reader: ProtoReader, nesting: Nesting): OtlpValue {
  const values = new Map<string, OtlpValue>();
  while (reader.next()) {
    nesting.context.budget.charge(2 * valueBytes, reader.offset);
    if (reader.field === 1) values.set(...readKeyValue(reader.message(), nesting));
  }
  return values;
}
