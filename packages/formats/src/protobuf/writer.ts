// Protobuf's wire format, written field by field. Comes from: whoever exposes, sends or keeps protobuf.
import { ByteWriter, encodeUtf8 } from "@narthex/stdx";

const varintType = 0;
const fixed64Type = 1;
const bytesType = 2;

/** One message under construction; fields whose value is the type's zero are left out, as proto3 does. */
export class MessageWriter {
  readonly #writer = new ByteWriter();

  uint(field: number, value: number): this {
    if (value !== 0) this.#tag(field, varintType).uvarint(value);
    return this;
  }

  /** Present even where it is 0. */
  enumeration(field: number, value: number): this {
    this.#tag(field, varintType).uvarint(value);
    return this;
  }

  /** Two's complement in ten bytes where negative, as int32 and int64 have it. */
  int(field: number, value: number): this {
    if (value === 0) return this;
    const writer = this.#tag(field, varintType);
    if (value > 0) writer.uvarint(value);
    else writeUvarint64(writer, BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    if (value.length > 0) this.message(field, value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, encodeUtf8(value));
  }

  /** An embedded message, which is present even where it is empty. */
  message(field: number, value: Uint8Array): this {
    const writer = this.#tag(field, bytesType);
    writer.uvarint(value.length);
    writer.raw(value);
    return this;
  }

  /** Zig-zag, as sint32 and sint64 have it; `value` within ±2^52. */
  sint(field: number, value: number): this {
    this.#tag(field, varintType).varint(value);
    return this;
  }

  packedSints(field: number, values: readonly number[]): this {
    const packed = new ByteWriter();
    for (const value of values) packed.varint(value);
    return this.bytes(field, packed.bytes());
  }

  packedDoubles(field: number, values: readonly number[]): this {
    const packed = new Float64Array(values);
    const little = new DataView(packed.buffer);
    for (const [i, value] of values.entries()) little.setFloat64(8 * i, value, true);
    return this.bytes(field, new Uint8Array(packed.buffer));
  }

  packedUint64(field: number, values: Iterable<bigint>): this {
    const packed = new ByteWriter();
    for (const value of values) writeUvarint64(packed, value);
    return this.bytes(field, packed.bytes());
  }

  double(field: number, value: number): this {
    const writer = this.#tag(field, fixed64Type);
    const little = new DataView(new ArrayBuffer(8));
    little.setFloat64(0, value, true);
    writer.raw(new Uint8Array(little.buffer));
    return this;
  }

  /** The message so far; a view that the next write may outdate. */
  finish(): Uint8Array {
    return this.#writer.bytes();
  }

  #tag(field: number, type: number): ByteWriter {
    this.#writer.uvarint(field * 8 + type);
    return this.#writer;
  }
}

function writeUvarint64(writer: ByteWriter, value: bigint): void {
  let rest = value;
  while (rest >= 0x80n) {
    writer.u8(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  writer.u8(Number(rest));
}
