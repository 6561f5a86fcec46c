// Columns of series, to be looked up by the series' labels: rows of pages, since an array for each would cost as much as a short series.
import type { Labels } from "@narthex/model";
import type { Column } from "./column.js";

/** Values of a page, 128 KiB; of longer columns each has its own. */
const pageValues = 16_384;

type Page = { readonly v: Float64Array; readonly present: Uint8Array };

/** `T`: what is kept beside a column. */
export class KeptColumns<T> {
  readonly #steps: number;
  readonly #pageRows: number;
  readonly #pages: Page[] = [];
  readonly #rows = new Map<Labels, number>();
  readonly #beside: T[] = [];

  constructor(steps: number) {
    this.#steps = steps;
    this.#pageRows = Math.max(1, Math.floor(pageValues / Math.max(1, steps)));
  }

  /** Copies values and what is present. REQUIRES: no histogram. */
  put(labels: Labels, { v, present }: Column, beside: T): void {
    const row = this.#beside.push(beside) - 1;
    this.#rows.set(labels, row);
    const page = this.#pages[Math.floor(row / this.#pageRows)] ?? this.#addPage();
    const at = (row % this.#pageRows) * this.#steps;
    page.v.set(v, at);
    page.present.set(present, at);
  }

  /** Restarts the column as that of the series, and returns what is beside; undefined where there is none. */
  take(labels: Labels, column: Column): T | undefined {
    const row = this.#rows.get(labels);
    if (row === undefined) return undefined;
    const page = this.#pages[Math.floor(row / this.#pageRows)] as Page;
    const at = (row % this.#pageRows) * this.#steps;
    const end = at + this.#steps;
    column.restart(labels);
    column.v.set(page.v.subarray(at, end));
    column.present.set(page.present.subarray(at, end));
    return this.#beside[row];
  }

  #addPage(): Page {
    const values = this.#pageRows * this.#steps;
    const page = { v: new Float64Array(values), present: new Uint8Array(values) };
    this.#pages.push(page);
    return page;
  }
}
