// Decodes XOR chunks in WebAssembly: the hot loop of every query. Chunks stand in the kernel's memory, or are put there, and
// rows come out as bits, those of a whole run of chunks at once. What the kernel does not take (chunks larger than anyone
// writes, engines without WebAssembly) xor-decode.ts decodes.
import { SampleColumns, type SeriesRows } from "@narthex/model";
import { type Kernel, startKernel } from "@narthex/stdx";
import { xorWasm } from "../kernel/xor.wasm.js";
import { type ChunkData, type ChunkWindow, chunkEncoding } from "./encoding.js";
import { decodeXor as decodeXorPlain } from "./xor-decode.js";

const wasmPageBytes = 65_536;
/** Copied one by one, so few rows cost less. */
const copiedRowsMax = 24;

export class XorDecoder {
  /** Where chunks may stand: bytes from `spareAt` on are the owner's, as many as it asked for. */
  readonly memory: Uint8Array;
  readonly spareAt: number;
  readonly #kernel: KernelParts | undefined;
  #columns!: SampleColumns;
  #window!: ChunkWindow;
  #isDamaged = false;
  #spans = 0;
  #samples = 0;
  /** Of a run of many, that were ended. */
  #series = 0;
  /** Undefined while whole runs of samples are decoded. */
  #latest: LatestRows | undefined;

  /** Decodes by a kernel of its own, or plainly where there is no WebAssembly with SIMD. */
  constructor(spareBytes = 0) {
    // One page more, since the kernel reads some words behind a chunk.
    const kernel = startKernel(xorWasm, kernelPages + Math.ceil(spareBytes / wasmPageBytes) + 1);
    this.#kernel = kernel && partsOf(kernel);
    this.memory = kernel ? new Uint8Array(kernel.buffer) : new Uint8Array(spareBytes);
    this.spareAt = kernel ? kernel.constant("spareAt") : 0;
  }

  get hasKernel(): boolean {
    return this.#kernel !== undefined;
  }

  /** Appends the chunk's samples inside `window` to `columns`. False when its bytes are damaged; rows may have been added. */
  decode(chunk: ChunkData, columns: SampleColumns, window: ChunkWindow): boolean {
    const { bytes, start, end } = chunk;
    const kernel = this.#kernel;
    if (!kernel || end - start > kernel.bytesMax) return decodeXorPlain(chunk, columns, window);
    this.memory.set(bytes.subarray(start, end), kernel.inputAt);
    this.begin(columns, window);
    this.add(kernel.inputAt, kernel.inputAt + end - start);
    return this.finish();
  }

  /** Chunks that are added from now on, until `finish`, append their samples inside `window` to `columns`. */
  begin(columns: SampleColumns, window: ChunkWindow): void {
    this.#columns = columns;
    this.#window = window;
    this.#isDamaged = false;
    this.#latest = undefined;
    this.#forget();
  }

  /** What was added by somebody who gave up. */
  #forget(): void {
    this.#spans = 0;
    this.#samples = 0;
    this.#series = 0;
  }

  /** Of chunks that are added by `addLatest` from now on, until `decodeAdded`, the last sample up to `end` goes to its row. */
  beginLatest(rows: LatestRows, end: number): void {
    this.#forget();
    this.#latest = rows;
    this.#window = { after: Number.NEGATIVE_INFINITY, end };
  }

  /** Series follow, chunks by `addOf` and each ended by `endSeries`, until `decodeMany`. False where there is no kernel. */
  beginMany(window: ChunkWindow): boolean {
    this.#forget();
    this.#window = window;
    this.#latest = undefined;
    return this.#kernel !== undefined;
  }

  /** As `add`; false, with nothing done, where there is no room or the chunk is not for the kernel. */
  addOf(start: number, end: number, key: ChunkKey): boolean {
    const kernel = this.#kernel as KernelParts;
    const samples = (this.memory[start]! << 8) | this.memory[start + 1]!;
    if (end - start > kernel.bytesMax || samples > kernel.samplesMax) return false;
    if (this.#spans === kernel.spansMax || this.#samples + samples > kernel.rowsMax) return false;
    setSpan(kernel, this.#spans++, { start, end, key });
    this.#samples += samples;
    return true;
  }

  /** The chunks since the last series are those of one. */
  endSeries(): void {
    const { ends } = this.#kernel as KernelParts;
    ends[this.#series++] = this.#spans;
  }

  /** How many series there may be in a run of `decodeMany`. */
  get seriesMax(): number {
    return this.#kernel?.ends.length ?? 0;
  }

  /** Decodes the series that were ended, in front of the first with damaged bytes; returns how many, at the most as many as `rows` has room for. */
  decodeMany({ t, words, ends, notes }: SeriesRows): number {
    const kernel = this.#kernel as KernelParts;
    const found = kernel.decodeMany(this.#series, this.#window.after, this.#window.end);
    this.#forget();
    if (found === 0) return 0;
    const rows = kernel.ends[found - 1]!;
    for (let i = 0; i < found; i++) {
      ends[i] = kernel.ends[i]!;
      notes[i] = kernel.notes[i]!;
    }
    t.set(kernel.times.subarray(0, rows));
    words.set(kernel.words.subarray(0, 2 * rows));
    return found;
  }

  /** How many bytes at the begin of a chunk, but the first two, neither `addLatest` nor `addTail` need. */
  passedBytes({ owner, place }: ChunkKey, samples: number): number {
    const kernel = this.#kernel;
    if (!kernel) return 0;
    if (this.#latest) return kernel.passedBytes(owner, place, samples, this.#window.end);
    // What is decoded before it may take the chunk's place in memory.
    this.decodeAdded();
    return kernel.passedBytes(owner, place, samples, this.#window.after);
  }

  /** As `add`, at once. REQUIRES: `passedBytes` of that key was asked last, and said that some need not be there. */
  addTail(start: number, end: number, key: ChunkKey): void {
    const kernel = this.#kernel as KernelParts;
    setSpan(kernel, 0, { start, end, key });
    const found = kernel.decodeTail(this.#window.after, this.#window.end);
    if (found < 0) this.#isDamaged = true;
    else takeRows(kernel, found, this.#columns);
  }

  /**
   * Takes a chunk whose data are memory[start, end) for row `row`; they must stay there until `decodeAdded`. `passed` bytes need not be
   * there. The row's time is NaN where nothing could be decoded: such a chunk is to be read otherwise.
   */
  addLatest(row: number, { start, end, passed }: LatestSpan, key: ChunkKey): void {
    const kernel = this.#kernel;
    const rows = this.#latest as LatestRows;
    if (!kernel || end - start > kernel.bytesMax) {
      decodeLatestPlain({ encoding: chunkEncoding.xor, bytes: this.memory, start, end }, row, rows, this.#window);
      return;
    }
    if (this.#spans === kernel.spansMax) this.decodeAdded();
    const i = this.#spans++;
    setSpan(kernel, i, { start, end, key });
    kernel.passed[i] = passed;
    kernel.rows[i] = row;
  }

  /**
   * Takes a chunk whose data are memory[start, end); they must stay there until `finish` or `decodeAdded`. Of one with a key it is
   * remembered where samples begin, so that who wants the last ones finds them sooner.
   */
  add(start: number, end: number, key: ChunkKey = noKey): void {
    const kernel = this.#kernel;
    const samples = (this.memory[start]! << 8) | this.memory[start + 1]!;
    if (!kernel || end - start > kernel.bytesMax || samples > kernel.samplesMax) {
      this.decodeAdded();
      const chunk = { encoding: chunkEncoding.xor, bytes: this.memory, start, end };
      if (!decodeXorPlain(chunk, this.#columns, this.#window)) this.#isDamaged = true;
      return;
    }
    if (this.#spans === kernel.spansMax || this.#samples + samples > kernel.rowsMax) this.decodeAdded();
    setSpan(kernel, this.#spans++, { start, end, key });
    this.#samples += samples;
  }

  /** Decodes what was added so far. */
  decodeAdded(): void {
    if (this.#spans === 0) return;
    const kernel = this.#kernel as KernelParts;
    if (this.#latest) {
      kernel.decodeLatest(this.#spans, this.#window.end);
      takeLatest(kernel, this.#spans, this.#latest);
      this.#spans = 0;
      return;
    }
    const found = kernel.decodeRun(this.#spans, this.#window.after, this.#window.end);
    this.#spans = 0;
    this.#samples = 0;
    if (found < 0) this.#isDamaged = true;
    else takeRows(kernel, found, this.#columns);
  }

  /** False when the bytes of a chunk since `begin` are damaged; rows may have been added. */
  finish(): boolean {
    this.decodeAdded();
    return !this.#isDamaged;
  }
}

/** What the kernel's own constants take of its memory. */
const kernelPages = 51;

/** A row for each chunk. */
export interface LatestRows {
  readonly t: Float64Array;
  /** Bits of the values. */
  readonly words: Uint32Array;
}

/** memory[start, end), of which `passed` bytes need not be there. */
export interface LatestSpan {
  readonly start: number;
  readonly end: number;
  readonly passed: number;
}

/** What no other chunk has together, as long as the decoder lives; a chunk that has it may grow, and changes in no other way. Owner 0: none. */
export interface ChunkKey {
  readonly owner: number;
  readonly place: number;
}

const noKey: ChunkKey = { owner: 0, place: 0 };

interface RowsPart {
  readonly count: number;
  readonly times: Float64Array;
  readonly words: Uint32Array;
}

interface KernelParts {
  readonly bytesMax: number;
  readonly samplesMax: number;
  readonly rowsMax: number;
  readonly spansMax: number;
  readonly inputAt: number;
  readonly spans: Int32Array;
  /** Owner and place of each. */
  readonly keys: Float64Array;
  /** Of `decodeLatest`: bytes that need not be there, and the row of each chunk. */
  readonly passed: Int32Array;
  readonly rows: Uint32Array;
  /** Of `decodeMany`, for each series. */
  readonly ends: Int32Array;
  readonly notes: Uint8Array;
  readonly times: Float64Array;
  readonly words: Uint32Array;
  /** The first `count` rows of some counts: making such a part costs as much as copying it, and most series are alike. */
  readonly parts: RowsPart[];
  /** Of the part that makes room next. */
  oldest: number;
  /** The signatures in kernel/xor.ts. */
  readonly decodeRun: (count: number, after: number, end: number) => number;
  readonly decodeLatest: (count: number, end: number) => void;
  readonly decodeMany: (series: number, after: number, end: number) => number;
  readonly decodeTail: (after: number, end: number) => number;
  readonly passedBytes: (owner: number, place: number, samples: number, time: number) => number;
}

function partsOf(kernel: Kernel): KernelParts {
  const rowsMax = kernel.constant("rowsMax");
  const spansMax = kernel.constant("spansMax");
  const times = new Float64Array(kernel.buffer, kernel.constant("timesAt"), rowsMax);
  const words = new Uint32Array(kernel.buffer, kernel.constant("valuesAt"), 2 * rowsMax);
  return {
    bytesMax: kernel.constant("inputBytesMax"),
    samplesMax: kernel.constant("samplesMax"),
    rowsMax,
    spansMax,
    inputAt: kernel.constant("inputAt"),
    spans: new Int32Array(kernel.buffer, kernel.constant("spansAt"), 2 * spansMax),
    keys: new Float64Array(kernel.buffer, kernel.constant("keysAt"), 2 * spansMax),
    passed: new Int32Array(kernel.buffer, kernel.constant("passedAt"), spansMax),
    rows: new Uint32Array(spansMax),
    ends: new Int32Array(kernel.buffer, kernel.constant("seriesAt"), kernel.constant("seriesMax")),
    notes: new Uint8Array(kernel.buffer, kernel.constant("notesAt"), kernel.constant("seriesMax")),
    times,
    words,
    parts: [],
    oldest: 0,
    decodeRun: kernel.functions["decodeRun"] as KernelParts["decodeRun"],
    decodeLatest: kernel.functions["decodeLatest"] as KernelParts["decodeLatest"],
    decodeMany: kernel.functions["decodeMany"] as KernelParts["decodeMany"],
    decodeTail: kernel.functions["decodeTail"] as KernelParts["decodeTail"],
    passedBytes: kernel.functions["passedBytes"] as KernelParts["passedBytes"],
  };
}

type Span = { readonly start: number; readonly end: number; readonly key: ChunkKey };

function setSpan({ spans, keys }: KernelParts, i: number, { start, end, key }: Span): void {
  spans[2 * i] = start;
  spans[2 * i + 1] = end - start;
  keys[2 * i] = key.owner;
  keys[2 * i + 1] = key.place;
}

function takeLatest({ rows, times, words }: KernelParts, count: number, to: LatestRows): void {
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    to.t[row] = times[i]!;
    to.words[2 * row] = words[2 * i]!;
    to.words[2 * row + 1] = words[2 * i + 1]!;
  }
}

function decodeLatestPlain(chunk: ChunkData, row: number, to: LatestRows, window: ChunkWindow): void {
  const columns = new SampleColumns();
  const last = decodeXorPlain(chunk, columns, window) ? columns.count - 1 : -1;
  to.t[row] = last < 0 ? Number.NaN : columns.t[last]!;
  to.words[2 * row] = columns.words[2 * last] ?? 0;
  to.words[2 * row + 1] = columns.words[2 * last + 1] ?? 0;
}

function takeRows(kernel: KernelParts, found: number, columns: SampleColumns): void {
  const rows = found & 0xffff;
  if (rows === 0) return;
  const row = columns.count;
  columns.reserve(row + rows);
  const { times, words } = kernel;
  if (rows <= copiedRowsMax) {
    for (let i = 0; i < rows; i++) columns.t[row + i] = times[i]!;
    for (let i = 0; i < 2 * rows; i++) columns.words[2 * row + i] = words[i]!;
  } else {
    const part = partOf(kernel, rows);
    columns.t.set(part.times, row);
    columns.words.set(part.words, 2 * row);
  }
  columns.count = row + rows;
  if (columns.notedCount === row) columns.noteRows(found >>> 16);
}

/** Two blocks and the head give parts of as many counts, in turns. */
const partsMax = 4;

function partOf(kernel: KernelParts, count: number): RowsPart {
  const { parts } = kernel;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (part.count === count) return part;
  }
  const made = { count, times: kernel.times.subarray(0, count), words: kernel.words.subarray(0, 2 * count) };
  parts[kernel.oldest] = made;
  kernel.oldest = (kernel.oldest + 1) % partsMax;
  return made;
}
