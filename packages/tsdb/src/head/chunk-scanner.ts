// Scans files of chunks_head by a kernel (kernel/chunks.ts), a window of the file at a time.
// Comes from: head/chunk-files, at a start; its plain code goes on where the kernel does not.
import { type File, type Kernel, startKernel } from "@narthex/stdx";
import { type ChunkEncoding, chunkEncoding } from "../chunk/encoding.js";
import { chunksWasm } from "../kernel/chunks.wasm.js";
import { type ChunkRun, type NarrowChunks, outOfOrderFlag } from "./closed-chunks.js";

const kernelPages = 21;
export interface StoredChunk {
  readonly ref: number;
  readonly minTime: number;
  readonly maxTime: number;
  readonly encoding: ChunkEncoding;
  readonly isOutOfOrder: boolean;
  readonly file: number;
  readonly position: number;
  readonly length: number;
}

export interface ScannedFile {
  readonly file: File;
  readonly number: number;
  /** Where its first chunk stands. */
  readonly start: number;
}

/** Its columns are borrowed until the next. */
export interface ScannedPart extends ChunkRun {
  /** Where the last chunk ends. */
  readonly end: number;
}

export class ChunkScanner {
  readonly #scan: (length: number) => number;
  readonly #scannedEnd: () => number;
  readonly #window: Uint8Array;
  readonly #times: Float64Array;
  readonly #positions: Uint32Array;
  readonly #lengths: Uint32Array;
  readonly #encodings: Uint8Array;
  readonly #narrow: (count: number, base: number, minTime: number) => number;
  readonly #narrowColumns: Omit<NarrowChunks, "count">;
  /** Where in the file the part begins that was scanned last. */
  #from = 0;
  readonly #chunk: { -readonly [field in keyof StoredChunk]: StoredChunk[field] } = {
    ref: 0,
    minTime: 0,
    maxTime: 0,
    encoding: chunkEncoding.xor,
    isOutOfOrder: false,
    file: 0,
    position: 0,
    length: 0,
  };

  constructor(kernel: Kernel) {
    // The signatures in kernel/chunks.ts.
    this.#scan = kernel.functions["scan"] as (length: number) => number;
    this.#scannedEnd = kernel.functions["scannedEnd"] as () => number;
    const count = kernel.constant("foundMax");
    this.#window = new Uint8Array(kernel.buffer, kernel.constant("windowAt"), kernel.constant("windowBytesMax"));
    this.#narrow = kernel.functions["narrow"] as (count: number, base: number, minTime: number) => number;
    const uint32 = (name: string): Uint32Array => new Uint32Array(kernel.buffer, kernel.constant(name), count);
    const uint8 = (name: string): Uint8Array => new Uint8Array(kernel.buffer, kernel.constant(name), count);
    this.#times = new Float64Array(kernel.buffer, kernel.constant("timesAt"), 3 * count);
    this.#positions = uint32("positionsAt");
    this.#lengths = uint32("lengthsAt");
    this.#encodings = uint8("encodingsAt");
    this.#narrowColumns = {
      areNarrow: uint8("areNarrowAt"),
      minOffsets: uint32("minOffsetsAt"),
      durations: uint32("durationsAt"),
    };
  }

  /** Of the file from `start` on, in parts of a millisecond, up to the first chunk that is not as it should be, or very long. */
  *parts({ file, number, start }: ScannedFile): Generator<ScannedPart> {
    const chunk = this.#chunk;
    chunk.file = number;
    this.#from = start;
    for (;;) {
      const count = this.#scan(file.read(this.#window, this.#from));
      if (count === 0) return;
      const end = this.#from + this.#scannedEnd();
      yield {
        count,
        end,
        file: number,
        from: this.#from,
        times: this.#times,
        positions: this.#positions,
        lengths: this.#lengths,
        encodings: this.#encodings,
        narrow: (base, minTime) => ({ count: this.#narrow(count, base, minTime), ...this.#narrowColumns }),
      };
      this.#from = end;
    }
  }

  /** Of the part that `parts` gave last. Borrowed until the next call. */
  chunkAt(i: number): StoredChunk {
    const chunk = this.#chunk;
    const flags = this.#encodings[i]!;
    chunk.ref = this.#times[3 * i]!;
    chunk.minTime = this.#times[3 * i + 1]!;
    chunk.maxTime = this.#times[3 * i + 2]!;
    // The kernel stops at others.
    chunk.encoding = (flags & ~outOfOrderFlag) as ChunkEncoding;
    chunk.isOutOfOrder = (flags & outOfOrderFlag) !== 0;
    chunk.position = this.#from + this.#positions[i]!;
    chunk.length = this.#lengths[i]!;
    return chunk;
  }
}

/** Undefined where there is no WebAssembly. */
export function startChunkScanner(): ChunkScanner | undefined {
  const kernel = startKernel(chunksWasm, kernelPages);
  return kernel && new ChunkScanner(kernel);
}
