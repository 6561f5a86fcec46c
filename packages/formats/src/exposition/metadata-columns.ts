// HELP, TYPE and UNIT lines of a body, in columns.
import { grown } from "@narthex/stdx";

export type MetadataKind = "help" | "type" | "unit";

export interface MetadataLine {
  readonly kind: MetadataKind;
  readonly name: string;
  /** Help text unescaped; for "type" a MetricType. */
  readonly text: string;
}

export const metadataKinds: readonly MetadataKind[] = ["help", "type", "unit"];

/** HELP, TYPE and UNIT in order of appearance; `row` is the sample that follows. */
export class MetadataColumns {
  count = 0;
  /** OpenMetrics escapes double quotes in help texts, the Prometheus text format does not. */
  hasQuoteEscapes = false;
  kinds: Uint8Array = new Uint8Array(64);
  rows: Uint32Array = new Uint32Array(64);
  /** The line without "# ", as bytes of `ExpositionColumns.keys`: what a SeriesCache may be asked about. */
  lineStart: Uint32Array = new Uint32Array(64);
  nameStart: Uint32Array = new Uint32Array(64);
  nameEnd: Uint32Array = new Uint32Array(64);
  textStart: Uint32Array = new Uint32Array(64);
  textEnd: Uint32Array = new Uint32Array(64);

  /** Takes over a line of a body that is parsed again or reshaped; its offsets stay. */
  copyLine(from: MetadataColumns, { line, row }: { readonly line: number; readonly row: number }): void {
    const i = this.count;
    if (i === this.kinds.length) this.grow();
    this.rows[i] = row;
    for (const column of ["kinds", "lineStart", "nameStart", "nameEnd", "textStart", "textEnd"] as const) {
      this[column][i] = from[column][line]!;
    }
    this.count = i + 1;
  }

  /** Lines that tell what the series of a family are, TYPE and UNIT. */
  familyLines(): number[] {
    const lines: number[] = [];
    for (let i = 0; i < this.count; i++) if (metadataKinds[this.kinds[i]!] !== "help") lines.push(i);
    return lines;
  }

  grow(): void {
    const size = this.kinds.length * 2;
    this.kinds = grown(this.kinds, size);
    this.rows = grown(this.rows, size);
    this.lineStart = grown(this.lineStart, size);
    this.nameStart = grown(this.nameStart, size);
    this.nameEnd = grown(this.nameEnd, size);
    this.textStart = grown(this.textStart, size);
    this.textEnd = grown(this.textEnd, size);
  }
}

/** One metadata line, as byte ranges. */
export interface MetadataRange {
  readonly kind: MetadataKind;
  readonly lineStart: number;
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly textStart: number;
  readonly textEnd: number;
}
