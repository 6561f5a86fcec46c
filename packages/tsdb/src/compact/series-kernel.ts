// The kernel that writes series into a block (kernel/block.ts): its memory, and how what it made goes to the block's writer.
// Goes to: compact/merge-kernel, compact/head-rows.
import { type Kernel, startKernel } from "@narthex/stdx";
import type { BlockWriter } from "../block/writer.js";
import { blockWasm } from "../kernel/block.wasm.js";
import type { BlockSpan } from "./series-chunks.js";

const pageBytes = 65_536;

/** Words of the kernel's control, as kernel/block.ts has them: of 8 bytes first, then of 4. */
const wide = { chunkRef: 0, segmentRoom: 1, entryOffset: 2, minTime: 3, maxTime: 4, wanted: 5, samples: 6, floats: 7 };
const narrow = { chunksBytes: 16, entriesBytes: 17, series: 18, labels: 19, chunks: 20, same: 21 };
const controlWords = 32;

/** Answers of the kernel. */
export interface Answers {
  readonly done: number;
  readonly flush: number;
  readonly nextSegment: number;
  readonly plainSeries: number;
  readonly needRefs: number;
  readonly needIndex: number;
  readonly needChunks: number;
  readonly plainChunk: number;
  readonly plainRest: number;
}

export class SeriesKernel {
  readonly #kernel: Kernel;
  readonly #wide: Float64Array;
  readonly #narrow: Uint32Array;
  readonly memory: Uint8Array;
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
  readonly answers: Answers;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    const controlAt = kernel.constant("controlAt");
    this.#wide = new Float64Array(kernel.buffer, controlAt, controlWords / 2);
    this.#narrow = new Uint32Array(kernel.buffer, controlAt, controlWords);
    this.memory = new Uint8Array(kernel.buffer);
    this.words = new Uint32Array(kernel.buffer);
    this.doubles = new Float64Array(kernel.buffer);
    this.answers = {
      done: kernel.constant("done"),
      flush: kernel.constant("flush"),
      nextSegment: kernel.constant("nextSegment"),
      plainSeries: kernel.constant("plainSeries"),
      needRefs: kernel.constant("needRefs"),
      needIndex: kernel.constant("needIndex"),
      needChunks: kernel.constant("needChunks"),
      plainChunk: kernel.constant("plainChunk"),
      plainRest: kernel.constant("plainRest"),
    };
  }

  constant(name: string): number {
    return this.#kernel.constant(name);
  }

  /** One of the kernel's functions, whose signatures are in kernel/block.ts. */
  call(name: string): (...numbers: number[]) => number {
    return this.#kernel.functions[name] as (...numbers: number[]) => number;
  }

  /** Offset or ref of what the kernel asks for. */
  get wanted(): number {
    return this.#wide[wide.wanted]!;
  }

  /** Bit i: cursor i stands at the series in work. */
  get same(): number {
    return this.#narrow[narrow.same]!;
  }

  begin(span: BlockSpan, writer: BlockWriter): void {
    this.#wide[wide.minTime] = span.minTime;
    this.#wide[wide.maxTime] = span.maxTime;
    this.#empty(writer);
  }

  /** Hands over what was made so far. */
  flush(writer: BlockWriter): void {
    const [control, { memory }] = [this.#narrow, this];
    const chunksAt = this.constant("chunksOutAt");
    const entriesAt = this.constant("entriesOutAt");
    const refsAt = this.constant("refsOutAt") / 4;
    const labelsAt = this.constant("labelsOutAt") / 4;
    writer.addPrepared({
      chunks: memory.subarray(chunksAt, chunksAt + control[narrow.chunksBytes]!),
      entries: memory.subarray(entriesAt, entriesAt + control[narrow.entriesBytes]!),
      refs: this.words.subarray(refsAt, refsAt + control[narrow.series]!),
      labels: this.words.subarray(labelsAt, labelsAt + control[narrow.labels]!),
      counts: {
        samples: this.#wide[wide.samples]!,
        floatSamples: this.#wide[wide.floats]!,
        chunks: control[narrow.chunks]!,
      },
    });
    this.#empty(writer);
  }

  /** As `flush`; the next chunk begins a segment. */
  flushSegment(writer: BlockWriter): void {
    this.flush(writer);
    writer.nextSegment();
    this.#empty(writer);
  }

  /** Has plain code write to the block, behind what the kernel made. */
  aside<T>(writer: BlockWriter, write: () => T): T {
    this.flush(writer);
    const result = write();
    this.#empty(writer);
    return result;
  }

  #empty(writer: BlockWriter): void {
    const { chunkRef, segmentRoom, entryOffset } = writer.place;
    this.#wide[wide.chunkRef] = chunkRef;
    this.#wide[wide.segmentRoom] = segmentRoom;
    this.#wide[wide.entryOffset] = entryOffset;
    this.#wide[wide.samples] = 0;
    this.#wide[wide.floats] = 0;
    this.#narrow.fill(0, narrow.chunksBytes, narrow.same);
  }
}

/** Up to `endAt`. */
const kernelPages = 249;

export type StartKernel = (spareBytes: number) => SeriesKernel | undefined;

/** Undefined where there is no WebAssembly. `spareBytes`: room behind `endAt` that the caller needs. */
export const startSeriesKernel: StartKernel = (spareBytes) => {
  const kernel = startKernel(blockWasm, kernelPages + Math.ceil(spareBytes / pageBytes));
  return kernel && new SeriesKernel(kernel);
};

/** Of a kernel that is kept: symbols of most merges. */
const keptSpareBytesMin = 4 * 1024 * 1024;

/**
 * Starts a kernel once, for one block after the other: its memory has been touched, and 15 MiB more for each block have V8 collect
 * garbage. REQUIRES: one block at a time.
 */
export function keptSeriesKernel(): StartKernel {
  let kept: SeriesKernel | undefined;
  let keptSpareBytes = 0;
  return (spareBytes) => {
    if (!kept || spareBytes > keptSpareBytes) {
      keptSpareBytes = Math.max(spareBytes, keptSpareBytesMin);
      kept = startSeriesKernel(keptSpareBytes);
    }
    return kept;
  };
}
