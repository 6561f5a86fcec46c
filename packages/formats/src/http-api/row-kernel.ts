// Prints rows of matrices in WebAssembly: most of what a large answer costs is finding the shortest digits of its numbers.
// Comes from: http-api/json-writer. Without WebAssembly the writer prints row by row, to the same bytes.
import { type Kernel, startKernel } from "@narthex/stdx";
import { rowsWasm } from "../kernel/rows.wasm.js";
import { type RowStarts, rowStartBytes } from "./row-starts.js";

/** Rows first … end - 1 of the two columns. */
export interface RowSpan {
  readonly t: Float64Array;
  readonly v: Float64Array;
  readonly first: number;
  readonly end: number;
}

export class RowKernel {
  readonly rowsMax: number;
  readonly #write: (count: number, isFirst: number) => number;
  readonly #values: Float64Array;
  readonly #lengths: Uint8Array;
  readonly #starts: Uint8Array;
  readonly #rows: Uint8Array;
  /** What stands at `#starts`: most series of an answer have the same times. */
  #placed:
    | { readonly t: Float64Array; readonly first: number; readonly end: number; readonly starts: RowStarts }
    | undefined;

  private constructor(kernel: Kernel) {
    const { buffer } = kernel;
    const rowsMax = kernel.constant("rowsMax");
    const rowBytesMax = kernel.constant("rowBytesMax");
    this.rowsMax = rowsMax;
    // The signature in kernel/rows.ts.
    this.#write = kernel.functions["writeRows"] as (count: number, isFirst: number) => number;
    this.#values = new Float64Array(buffer, kernel.constant("valuesAt"), rowsMax);
    this.#lengths = new Uint8Array(buffer, kernel.constant("lengthsAt"), rowsMax);
    this.#starts = new Uint8Array(buffer, kernel.constant("startsAt"), rowsMax * rowStartBytes);
    this.#rows = new Uint8Array(buffer, kernel.constant("rowsAt"), rowsMax * rowBytesMax);
    fillPowers(new BigUint64Array(buffer, kernel.constant("powersAt")), kernel);
    const tens = new BigUint64Array(buffer, kernel.constant("tensAt"), 18);
    for (let power = 0; power < tens.length; power++) tens[power] = 10n ** BigInt(power);
  }

  /** Undefined where there is no WebAssembly with SIMD. */
  static start(): RowKernel | undefined {
    const kernel = startKernel(rowsWasm, 1);
    return kernel && new RowKernel(kernel);
  }

  /**
   * The rows' text; borrowed until the next call. A comma stands in front of each row but row 0. At most `rowsMax` rows. Times that
   * were printed with the same `starts` have not changed since.
   */
  print({ t, v, first, end }: RowSpan, starts: RowStarts): Uint8Array {
    const count = end - first;
    this.#values.set(v.subarray(first, end));
    const placed = this.#placed;
    if (placed?.t !== t || placed.first !== first || placed.end < end || placed.starts !== starts) {
      this.#placeStarts({ t, first, count }, starts);
      this.#placed = { t, first, end, starts };
    }
    return this.#rows.subarray(0, this.#write(count, first === 0 ? 1 : 0));
  }

  // Times that follow one another as in the series before stand in one piece.
  #placeStarts({ t, first, count }: { t: Float64Array; first: number; count: number }, starts: RowStarts): void {
    let runAt = 0;
    let run = -1;
    for (let i = 0; i < count; i++) {
      const number = starts.find(t[first + i]!);
      if (run >= 0 && number === run + i - runAt) continue;
      if (run >= 0) this.#placeRun({ number: run, at: runAt, count: i - runAt }, starts);
      run = number;
      runAt = i;
    }
    this.#placeRun({ number: run, at: runAt, count: count - runAt }, starts);
  }

  #placeRun(run: { number: number; at: number; count: number }, { bytes, lengths }: RowStarts): void {
    const end = run.number + run.count;
    this.#starts.set(bytes.subarray(run.number * rowStartBytes, end * rowStartBytes), run.at * rowStartBytes);
    this.#lengths.set(lengths.subarray(run.number, end), run.at);
  }
}

/** Powers of ten with 128 bits, the upper one of these set, rounded up. */
function fillPowers(words: BigUint64Array, kernel: Kernel): void {
  const powerMin = kernel.constant("powerMin");
  const powerMax = kernel.constant("powerMax");
  for (let power = powerMin; power <= powerMax; power++) {
    const bits = power < 0 ? inverseBits(10n ** BigInt(-power)) : topBits(10n ** BigInt(power));
    words[2 * (power - powerMin)] = bits >> 64n;
    words[2 * (power - powerMin) + 1] = bits & 0xffffffffffffffffn;
  }
}

function topBits(value: bigint): bigint {
  const length = BigInt(bitLength(value));
  return length <= 128n ? value << (128n - length) : divideUp(value, 1n << (length - 128n));
}

function inverseBits(value: bigint): bigint {
  const length = BigInt(bitLength(value));
  return divideUp(1n << (127n + length), value);
}

function divideUp(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}

function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return 4 * (hex.length - 1) + (32 - Math.clz32(Number.parseInt(hex[0] as string, 16)));
}
