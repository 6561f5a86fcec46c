// Writes a snappy block by somebody who knows what repeats: literals, and copies of what stands before, instead of a search
// for them. Goes to: remote/write-encoder. Copies reach back 64 KiB at most, as every encoder's do: some decoders know no others.
// Elements (github.com/google/snappy, format_description.txt): the low two bits of a tag tell a literal (0), a copy with one
// byte of offset and 4 to 11 bytes of length (1), a copy with two bytes of offset and up to 64 bytes of length (2).

/** How far back a copy may reach. */
export const copyOffsetMax = 65_535;

const copyLengthMax = 64;
/** A literal's length of up to 60 is in its tag; longer ones are written as several. */
const literalLengthMax = 60;
const headBytes = 5;

export class SnappyWriter {
  /** The plain bytes so far. */
  position = 0;
  #bytes: Uint8Array = new Uint8Array(64 * 1024);
  #at: number = headBytes;
  /** Where the tag of the literal in work stands; 0 for none. */
  #tagAt = 0;
  #copyFrom = 0;
  #copyLength = 0;

  clear(): void {
    this.position = 0;
    this.#at = headBytes;
    this.#tagAt = 0;
    this.#copyLength = 0;
  }

  u8(byte: number): void {
    if (this.#copyLength > 0) this.#endCopy();
    if (this.#tagAt === 0 || this.#at - this.#tagAt > literalLengthMax) this.#beginLiteral();
    this.#bytes[this.#at++] = byte;
    this.position++;
  }

  /** `value` below 2^53. */
  uvarint(value: number): void {
    let rest = value;
    for (; rest > 0x7fffffff; rest = Math.floor(rest / 128)) this.u8((rest % 128) | 0x80);
    for (; rest > 0x7f; rest >>>= 7) this.u8((rest & 0x7f) | 0x80);
    this.u8(rest);
  }

  raw(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    for (let i = start; i < end; i++) this.u8(bytes[i]!);
  }

  /** REQUIRES: `from` is at most `copyOffsetMax` before `position`, and the bytes stand before it. */
  copy(from: number, length: number): void {
    this.position += length;
    if (this.#copyLength > 0) {
      if (from === this.#copyFrom + this.#copyLength) {
        this.#copyLength += length;
        return;
      }
      this.#endCopyBefore(length);
    }
    this.#copyFrom = from;
    this.#copyLength = length;
  }

  /** The block; a view that `clear` outdates. */
  finish(): Uint8Array {
    if (this.#copyLength > 0) this.#endCopy();
    this.#endLiteral();
    let start = headBytes - uvarintBytes(this.position);
    const first = start;
    let rest = this.position;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#bytes[start++] = (rest % 128) | 0x80;
    this.#bytes[start] = rest;
    return this.#bytes.subarray(first, this.#at);
  }

  #endCopy(): void {
    this.#endCopyBefore(0);
  }

  /** `behind`: plain bytes that `position` counts and that come after the copy. */
  #endCopyBefore(behind: number): void {
    this.#endLiteral();
    const offset = this.position - behind - this.#copyLength - this.#copyFrom;
    let left = this.#copyLength;
    this.#copyLength = 0;
    this.#reserve(3 * Math.ceil(left / copyLengthMax));
    const bytes = this.#bytes;
    for (; left > 0; left -= copyLengthMax) {
      const length = Math.min(left, copyLengthMax);
      if (length >= 4 && length <= 11 && offset < 2048) {
        bytes[this.#at++] = ((offset >>> 8) << 5) | ((length - 4) << 2) | 1;
      } else {
        bytes[this.#at++] = ((length - 1) << 2) | 2;
        bytes[this.#at++] = offset & 0xff;
        bytes[this.#at++] = offset >>> 8;
        continue;
      }
      bytes[this.#at++] = offset & 0xff;
    }
  }

  #beginLiteral(): void {
    this.#endLiteral();
    this.#reserve(literalLengthMax + 1);
    this.#tagAt = this.#at++;
  }

  #endLiteral(): void {
    if (this.#tagAt === 0) return;
    this.#bytes[this.#tagAt] = (this.#at - this.#tagAt - 2) << 2;
    this.#tagAt = 0;
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const longer = new Uint8Array(2 * this.#bytes.length + count);
    longer.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = longer;
  }
}

function uvarintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
