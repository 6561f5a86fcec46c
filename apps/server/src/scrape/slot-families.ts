// What a body tells of the family of each line, by the line's slot: TYPE and UNIT may change while the lines of the series
// stay the same bytes. Comes from: scrape/series, for features that go by it. The steady path compares the bytes of those lines.
import type { ExpositionColumns } from "@narthex/formats";
import type { MetricType } from "@narthex/model";

export class SlotFamilies {
  /** By slot: type and unit. */
  readonly #told: string[] = [];
  /** By slot: whether its series counts up from a start. */
  readonly #cumulative: boolean[] = [];
  /** TYPE and UNIT lines of the last body end to end, where each ends, and the rows that they stood before. */
  #lines: Buffer = Buffer.alloc(0);
  #ends: readonly number[] = [];
  #rows: readonly number[] = [];

  isCumulative(slot: number): boolean {
    return this.#cumulative[slot]!;
  }

  /**
   * Takes in what a scanned body tells. Returns the rows of whose family it says something else than the last body with their
   * slot, and the new ones. `isUnchanged`: the body has the lines of the last good one, in their order.
   */
  update(columns: ExpositionColumns, isUnchanged: boolean): readonly number[] {
    if (this.#takeLines(columns) && isUnchanged) return [];
    const fresh = new Set(columns.newRows);
    const changed: number[] = [];
    for (let row = 0; row < columns.count; row++) {
      const slot = columns.slots[row]!;
      const { type, unit, suffix } = columns.familyAt(row);
      const told = `${type} ${unit}`;
      if (this.#told[slot] === told && !fresh.has(row)) continue;
      this.#told[slot] = told;
      this.#cumulative[slot] = isCumulative(type, suffix);
      changed.push(row);
    }
    return changed;
  }

  /** Whether they are those of the last body, before the same rows; keeps them where they are not. */
  #takeLines({ metadata, keys }: ExpositionColumns): boolean {
    const lines = metadata.familyLines().map((line) => ({
      row: metadata.rows[line]!,
      bytes: keys.subarray(metadata.lineStart[line]!, metadata.textEnd[line]!),
    }));
    const isSame = lines.every(({ row, bytes }, i) => this.#rows[i] === row && this.#lineAt(i).equals(bytes));
    if (isSame && lines.length === this.#rows.length) return true;
    this.#lines = Buffer.concat(lines.map(({ bytes }) => bytes));
    this.#rows = lines.map(({ row }) => row);
    let end = 0;
    this.#ends = lines.map(({ bytes }) => (end += bytes.length));
    return false;
  }

  #lineAt(i: number): Buffer {
    return this.#lines.subarray(i === 0 ? 0 : this.#ends[i - 1]!, this.#ends[i]!);
  }
}

function isCumulative(type: MetricType, suffix: string): boolean {
  if (type === "counter") return suffix === "" || suffix === "_total";
  if (type === "summary") return suffix === "_sum" || suffix === "_count";
  return type === "histogram" && suffix !== "_created";
}
