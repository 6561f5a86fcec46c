// Memory of the head that its append kernel works on, and that query workers read: ranges for columns of series, which grow
// where they stand, and slabs behind them. All of it is one shared WebAssembly memory; what is never touched is only
// addresses, no memory.
// Comes from: head/head. Goes to: series-table, ref-map, arena, append-kernel.
import { assert, newSharedMemory, type SharedKernel, type SharedMemory, startSharedKernel } from "@narthex/stdx";
import { appendWasm } from "../kernel/append.wasm.js";

/** 1 MiB of a buffer that threads share: of one of its own, where `address` is 0, or of the head's memory. */
export interface Slab {
  readonly buffer: SharedArrayBuffer;
  readonly address: number;
}

export const slabBytes: number = 1 << 20;
const pageBytes = 64 * 1024;
const slabPages = slabBytes / pageBytes;

/** Of a row in all columns; `reserveColumn` holds it to that. */
const rowBytesMax = 56;
/** For what the kernel keeps before the columns, and between them. */
const ownBytesMax = 8 << 20;

export interface HeadMemoryLimits {
  /** So many series have columns here; the first for which there are addresses: not every machine gives out the most. */
  readonly rowsMaxChoices: readonly number[];
  readonly pagesMax: number;
}

/** 4 GiB, a fifth of it for columns. */
const headMemoryLimits: HeadMemoryLimits = { rowsMaxChoices: [1 << 24, 1 << 21], pagesMax: 65536 };

export class HeadMemory {
  readonly #memory: SharedMemory;
  readonly kernel: SharedKernel;
  /** Columns that are longer do not fit. */
  readonly rowsMax: number;
  #columns = 0;
  #columnsEnd: number;
  readonly #columnsMax: number;

  private constructor(memory: SharedMemory, kernel: SharedKernel, rowsMax: number) {
    this.#memory = memory;
    this.kernel = kernel;
    this.rowsMax = rowsMax;
    this.#columnsEnd = this.kernel.constant("freeAt");
    this.#columnsMax = memory.buffer.byteLength;
  }

  /** Undefined where there is no WebAssembly with shared memory, or no room for it. */
  static open({ rowsMaxChoices, pagesMax }: HeadMemoryLimits = headMemoryLimits): HeadMemory | undefined {
    for (const rowsMax of rowsMaxChoices) {
      const slabs = Math.ceil((ownBytesMax + rowsMax * rowBytesMax) / slabBytes);
      const memory = newSharedMemory({ initial: slabs * slabPages, maximum: pagesMax });
      const kernel = memory && startSharedKernel(appendWasm, memory);
      if (kernel) return new HeadMemory(memory, kernel, rowsMax);
    }
    return undefined;
  }

  /** The memory as it is now; earlier buffers stay good for what stood in them. */
  get buffer(): SharedArrayBuffer {
    return this.#memory.buffer;
  }

  /** Where a column of `rowsMax` rows begins; it is zeros. */
  reserveColumn(rowBytes: number): number {
    // Columns that begin at the same place of their page are slow together (see growing-columns.ts).
    const address = Math.ceil(this.#columnsEnd / pageBytes) * pageBytes + ((this.#columns++ * 320) % 4096);
    this.#columnsEnd = address + this.rowsMax * rowBytes;
    assert(this.#columnsEnd <= this.#columnsMax, "the head's columns fit their part of its memory");
    return address;
  }

  /** A new slab of zeros; undefined when there are no addresses or no memory left. */
  slab(): Slab | undefined {
    const address = this.#memory.buffer.byteLength;
    try {
      this.#memory.grow(slabPages);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
    return { buffer: this.#memory.buffer, address };
  }
}
