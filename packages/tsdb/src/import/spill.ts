// Samples on their way into blocks: sorted into windows of time, kept in memory while they are few and in a file beyond.
// Comes from: import/importer. A window's rows come back in the order in which they came.
import type { File } from "@narthex/stdx";

const pieceRows = 512;
const pieceBytes = 20 * pieceRows;

/** Some rows of one window: `t` and `v` as floats, `ref` as a word. */
export class Rows {
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(pieceBytes);
  readonly t: Float64Array = new Float64Array(this.bytes.buffer, 0, pieceRows);
  readonly v: Float64Array = new Float64Array(this.bytes.buffer, 8 * pieceRows, pieceRows);
  readonly refs: Uint32Array = new Uint32Array(this.bytes.buffer, 16 * pieceRows, pieceRows);
  count = 0;
}

interface Window {
  readonly open: Rows;
  /** Where its full pieces stand in the file. */
  readonly pieces: number[];
}

export class Spill {
  readonly #windows = new Map<number, Window>();
  readonly #file: File;
  readonly #windowMs: number;
  #fileBytes = 0;
  // Consecutive samples mostly share their window.
  #last: Window | undefined;
  #lastNumber = Number.NaN;

  constructor(file: File, windowMs: number) {
    this.#file = file;
    this.#windowMs = windowMs;
  }

  add(ref: number, t: number, v: number): void {
    const rows = this.#windowAt(t).open;
    const row = rows.count++;
    rows.refs[row] = ref;
    rows.t[row] = t;
    rows.v[row] = v;
    if (rows.count === pieceRows) this.#flush(this.#last as Window);
  }

  /** Begins of the windows that hold samples, ascending, in ms. */
  windows(): number[] {
    return [...this.#windows.keys()].sort((a, b) => a - b).map((number) => number * this.#windowMs);
  }

  /** Borrowed: valid until the next. */
  *rowsOf(window: number): Generator<Rows> {
    const found = this.#windows.get(window / this.#windowMs);
    if (!found) return;
    const rows = new Rows();
    rows.count = pieceRows;
    for (const position of found.pieces) {
      this.#file.read(rows.bytes, position);
      yield rows;
    }
    yield found.open;
  }

  #windowAt(t: number): Window {
    const number = Math.floor(t / this.#windowMs);
    if (number === this.#lastNumber) return this.#last as Window;
    let window = this.#windows.get(number);
    if (!window) {
      window = { open: new Rows(), pieces: [] };
      this.#windows.set(number, window);
    }
    this.#last = window;
    this.#lastNumber = number;
    return window;
  }

  #flush({ open, pieces }: Window): void {
    this.#file.write(open.bytes, this.#fileBytes);
    pieces.push(this.#fileBytes);
    this.#fileBytes += pieceBytes;
    open.count = 0;
  }
}
