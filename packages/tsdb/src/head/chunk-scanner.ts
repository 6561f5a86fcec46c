// Scans files of chunks_head by a kernel (kernel/chunks.ts), a window of the file at a time.
// Comes from: head/chunk-files, at a start; its plain code goes on where the kernel does not.
import { type File, type Kernel, startKernel } from "@narthex/stdx";
import { type ChunkEncoding, chunkEncoding } from "../chunk/encoding.js";
import { chunksWasm } from "../kernel/chunks.wasm.js";

/** Of the encoding's byte: the chunk came out of order. */
const outOfOrderFlag = 0x80;

const kernelPages = 19;
/** Words of what the kernel tells of a chunk. */
const fields = { ref: 0, minTime: 1, maxTime: 2, times: 3, position: 0, length: 1, encoding: 2, places: 3 } as const;

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

/** How many chunks stand one behind the other, and where the last ends. */
export interface ScannedPart {
  readonly count: number;
  readonly end: number;
}

export class ChunkScanner {
  readonly #scan: (length: number) => number;
  readonly #scannedEnd: () => number;
  readonly #window: Uint8Array;
  readonly #times: Float64Array;
  readonly #places: Uint32Array;
  /** Where in the file the part begins that was scanned last. */
  #from = 0;
  /** One for all: there are hundreds of thousands. */
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
    this.#times = new Float64Array(kernel.buffer, kernel.constant("timesAt"), fields.times * count);
    this.#places = new Uint32Array(kernel.buffer, kernel.constant("placesAt"), fields.places * count);
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
      yield { count, end };
      this.#from = end;
    }
  }

  /** Of the part that `parts` gave last. Borrowed until the next call. */
  chunkAt(i: number): StoredChunk {
    const [times, places, chunk] = [this.#times, this.#places, this.#chunk];
    const t = i * fields.times;
    const p = i * fields.places;
    const flags = places[p + fields.encoding]!;
    chunk.ref = times[t + fields.ref]!;
    chunk.minTime = times[t + fields.minTime]!;
    chunk.maxTime = times[t + fields.maxTime]!;
    // The kernel stops at others.
    chunk.encoding = (flags & ~outOfOrderFlag) as ChunkEncoding;
    chunk.isOutOfOrder = (flags & outOfOrderFlag) !== 0;
    chunk.position = this.#from + places[p + fields.position]!;
    chunk.length = places[p + fields.length]!;
    return chunk;
  }
}

/** Undefined where there is no WebAssembly. */
export function startChunkScanner(): ChunkScanner | undefined {
  const kernel = startKernel(chunksWasm, kernelPages);
  return kernel && new ChunkScanner(kernel);
}
