// Protobuf's wire format, field by field: for the hot paths, where generated classes would be an object per sample.
// A reader walks one message; nested messages are ranges of the same bytes.
import { ByteRangeError, decodeUtf8, viewOf } from "@narthex/stdx";

const varintWire = 0;
const fixed64Wire = 1;
const bytesWire = 2;
const fixed32Wire = 5;

/** `while (reader.next()) switch (reader.field) …`; a field that is not read is skipped. Throws ByteRangeError. */
export class ProtoReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Number of the field at hand. */
  field = 0;
  /** Of a length-delimited field: where its content lies. */
  contentStart = 0;
  contentEnd = 0;
  #wire = 0;
  #offset: number;
  #low = 0;
  #high = 0;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, start: number = 0, end: number = bytes.length, view: DataView = viewOf(bytes)) {
    this.bytes = bytes;
    this.end = end;
    this.#offset = start;
    this.#view = view;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#offset >= this.end) return false;
    this.#varint();
    this.field = this.#low >>> 3;
    this.#wire = this.#low & 7;
    if (this.field === 0 || this.#high !== 0) throw new ByteRangeError("illegal protobuf tag", this.#offset);
    this.#readValue();
    return true;
  }

  /** A length prefix outside of any field, as between delimited messages; moves behind the message. */
  nextDelimited(): boolean {
    if (this.#offset >= this.end) return false;
    this.#readContent();
    return true;
  }

  double(): number {
    if (this.#wire !== fixed64Wire) throw this.#mismatch();
    return this.#view.getFloat64(this.contentStart, true);
  }

  /** The lower and the upper half of a fixed64 or sfixed64, unsigned. */
  fixedLow(): number {
    if (this.#wire !== fixed64Wire) throw this.#mismatch();
    return this.#view.getUint32(this.contentStart, true);
  }

  fixedHigh(): number {
    if (this.#wire !== fixed64Wire) throw this.#mismatch();
    return this.#view.getUint32(this.contentStart + 4, true);
  }

  /** A fixed64; loses precision beyond 2^53. */
  fixedUnsigned(): number {
    return this.fixedHigh() * 0x100000000 + this.fixedLow();
  }

  /** A sfixed64; loses precision beyond 2^53. */
  fixedSigned(): number {
    return (this.fixedHigh() | 0) * 0x100000000 + this.fixedLow();
  }

  /** Unsigned; loses precision beyond 2^53. */
  unsigned(): number {
    if (this.#wire !== varintWire) throw this.#mismatch();
    return this.#high * 0x100000000 + this.#low;
  }

  /** Two's complement, as int32 and int64 have it. */
  signed(): number {
    if (this.#wire !== varintWire) throw this.#mismatch();
    return (this.#high | 0) * 0x100000000 + this.#low;
  }

  /** As `signed`, with all digits. */
  signedExact(): number | bigint {
    const rounded = this.signed();
    if (Number.isSafeInteger(rounded)) return rounded;
    return BigInt.asIntN(64, this.#exact());
  }

  /** Zig-zag, as sint32 and sint64 have it. */
  zigzag(): number {
    if (this.#wire !== varintWire) throw this.#mismatch();
    return this.#zigzag();
  }

  text(): string {
    if (this.#wire !== bytesWire) throw this.#mismatch();
    return decodeUtf8(this.bytes, this.contentStart, this.contentEnd);
  }

  /** Where the content of a length-delimited field lies. */
  contentRange(): [start: number, end: number] {
    if (this.#wire !== bytesWire) throw this.#mismatch();
    return [this.contentStart, this.contentEnd];
  }

  /** The nested message at hand. */
  message(): ProtoReader {
    if (this.#wire !== bytesWire) throw this.#mismatch();
    return new ProtoReader(this.bytes, this.contentStart, this.contentEnd, this.#view);
  }

  /** Adds the value or, where they are packed, the values of a repeated sint64. */
  pushZigzags(into: number[]): void {
    if (this.#wire === varintWire) into.push(this.#zigzag());
    else {
      const packed = this.message();
      while (packed.#offset < packed.end) {
        packed.#varint();
        into.push(packed.#zigzag());
      }
    }
  }

  /** Adds the value or, where they are packed, the values of a repeated uint32. */
  pushUnsigned32s(into: number[]): void {
    if (this.#wire === varintWire) into.push(this.#low);
    else {
      const packed = this.message();
      while (packed.#offset < packed.end) {
        packed.#varint();
        into.push(packed.#low);
      }
    }
  }

  /** Adds the value or, where they are packed, the values of a repeated uint64; they lose precision beyond 2^53. */
  pushUnsigned64s(into: number[]): void {
    if (this.#wire === varintWire) into.push(this.unsigned());
    else {
      const packed = this.message();
      while (packed.#offset < packed.end) {
        packed.#varint();
        into.push(packed.#high * 0x100000000 + packed.#low);
      }
    }
  }

  /** As `pushUnsigned64s`, with all digits. */
  pushUnsigned64sExact(into: bigint[]): void {
    if (this.#wire === varintWire) into.push(this.#exact());
    else {
      const packed = this.message();
      while (packed.#offset < packed.end) {
        packed.#varint();
        into.push(packed.#exact());
      }
    }
  }

  /** Adds the value or, where they are packed, the values of a repeated double. */
  pushDoubles(into: number[]): void {
    const view = this.#view;
    this.#pushFixed(into, (at) => view.getFloat64(at, true));
  }

  /** Adds the value or, where they are packed, the values of a repeated fixed64; they lose precision beyond 2^53. */
  pushFixed64s(into: number[]): void {
    const view = this.#view;
    this.#pushFixed(into, (at) => view.getUint32(at + 4, true) * 0x100000000 + view.getUint32(at, true));
  }

  #pushFixed(into: number[], read: (at: number) => number): void {
    if (this.#wire === fixed64Wire) {
      into.push(read(this.contentStart));
      return;
    }
    const packed = this.message();
    for (let at = packed.#offset; at < packed.end; at += 8) {
      if (at + 8 > packed.end) throw new ByteRangeError("unexpected end of data", at);
      into.push(read(at));
    }
  }

  #exact(): bigint {
    return (BigInt(this.#high) << 32n) | BigInt(this.#low);
  }

  #zigzag(): number {
    const isNegative = (this.#low & 1) === 1;
    const half = this.#high * 0x80000000 + (this.#low >>> 1);
    return isNegative ? -half - 1 : half;
  }

  #mismatch(): ByteRangeError {
    return new ByteRangeError(`wrong wire type ${this.#wire} for field ${this.field}`, this.#offset);
  }

  #readValue(): void {
    switch (this.#wire) {
      case varintWire:
        this.#varint();
        break;
      case fixed64Wire:
        this.#take(8);
        break;
      case bytesWire:
        this.#readContent();
        break;
      case fixed32Wire:
        this.#take(4);
        break;
      default:
        throw new ByteRangeError(`unknown wire type ${this.#wire}`, this.#offset);
    }
  }

  #readContent(): void {
    this.#varint();
    if (this.#high !== 0) throw new ByteRangeError("unexpected end of data", this.#offset);
    this.#take(this.#low);
  }

  #take(count: number): void {
    if (this.#offset + count > this.end) throw new ByteRangeError("unexpected end of data", this.#offset);
    this.contentStart = this.#offset;
    this.#offset += count;
    this.contentEnd = this.#offset;
  }

  // Into two unsigned halves.
  #varint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#offset >= this.end) throw new ByteRangeError("unexpected end of data", this.#offset);
      const byte = this.bytes[this.#offset++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw new ByteRangeError("varint longer than 64 bits", this.#offset);
  }
}
