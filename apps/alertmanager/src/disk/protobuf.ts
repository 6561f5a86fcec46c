// The protobuf wire format, as far as silences and the notification log need it.
// Schemas: docs/formats/alertmanager-state.md. Unknown fields are skipped, as protobuf asks.
import { MessageWriter } from "@narthex/formats";
import { ByteRangeError, ByteReader } from "@narthex/stdx";

const varintType = 0;
const fixed64Type = 1;
const bytesType = 2;
const fixed32Type = 5;

/** One field of a message: `value` for varints and fixed64, `bytes` for what has a length. */
export interface MessageField {
  readonly number: number;
  readonly value: bigint;
  readonly bytes: Uint8Array;
}

const noBytes = new Uint8Array(0);

/** Throws ByteRangeError where the bytes end early or hold an unknown wire type. */
export function* messageFields(message: Uint8Array): Generator<MessageField> {
  const reader = new ByteReader(message);
  while (reader.remaining > 0) {
    const tag = reader.uvarint();
    yield { number: Math.floor(tag / 8), ...fieldValue(reader, tag % 8) };
  }
}

function fieldValue(reader: ByteReader, type: number): { value: bigint; bytes: Uint8Array } {
  switch (type) {
    case varintType:
      return { value: reader.uvarint64(), bytes: noBytes };
    case fixed64Type:
      return { value: littleEndian(reader.take(8)), bytes: noBytes };
    case bytesType:
      return { value: 0n, bytes: reader.take(reader.uvarint()) };
    case fixed32Type:
      return { value: littleEndian(reader.take(4)), bytes: noBytes };
    default:
      throw new ByteRangeError(`protobuf wire type ${type}`, reader.offset);
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** A repeated uint64, packed or not. */
export function* uint64Values(field: MessageField): Generator<bigint> {
  if (field.bytes.length === 0) {
    yield field.value;
    return;
  }
  const reader = new ByteReader(field.bytes);
  while (reader.remaining > 0) yield reader.uvarint64();
}

export function doubleFrom(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/** google.protobuf.Timestamp from milliseconds since 1970. */
export function timestampBytes(ms: number): Uint8Array {
  const seconds = Math.floor(ms / 1000);
  return new MessageWriter()
    .int(1, seconds)
    .int(2, (ms - seconds * 1000) * 1_000_000)
    .finish();
}

/** Whole milliseconds; finer parts are cut. */
export function timestampFrom(message: Uint8Array): number {
  let ms = 0;
  for (const field of messageFields(message)) {
    if (field.number === 1) ms += Number(BigInt.asIntN(64, field.value)) * 1000;
    if (field.number === 2) ms += Math.floor(Number(BigInt.asIntN(64, field.value)) / 1_000_000);
  }
  return ms;
}
