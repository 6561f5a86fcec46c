// FNV-1a, 64 bits, over UTF-8: Prometheus' and Alertmanager's fingerprints.
// State is a BigInt-free pair of 32-bit halves. Prime 0x100000001b3 = 2^40 + 0x1b3.
import { encodeUtf8 } from "./utf8.js";

export class Fnv64a {
  #high = 0xcbf29ce4;
  #low = 0x84222325;

  addByte(byte: number): this {
    const low = (this.#low ^ byte) >>> 0;
    const product = low * 0x1b3;
    const carry = Math.floor(product / 0x100000000);
    this.#high = (Math.imul(this.#high, 0x1b3) + carry + (low << 8)) >>> 0;
    this.#low = product >>> 0;
    return this;
  }

  addText(text: string): this {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        for (const byte of encodeUtf8(text.slice(i))) this.addByte(byte);
        return this;
      }
      this.addByte(code);
    }
    return this;
  }

  /** Unsigned 64-bit value. */
  value(): bigint {
    return (BigInt(this.#high) << 32n) | BigInt(this.#low);
  }

  /** Sixteen lower-case hexadecimal digits. */
  hex(): string {
    return this.#high.toString(16).padStart(8, "0") + this.#low.toString(16).padStart(8, "0");
  }
}
