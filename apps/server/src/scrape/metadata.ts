// Metadata of one target's metrics, as its last good body declared them. Lines that came before cost one look-up by
// their bytes; only new ones are decoded.
import { type ExpositionColumns, OpenLines } from "@narthex/formats";
import type { Metadata, MetricType } from "@narthex/model";

type Known = { readonly name: string; readonly kind: "help" | "type" | "unit"; readonly text: string };

const empty: Metadata = { type: "unknown", help: "", unit: "" };

export class TargetMetadata {
  readonly #lines = new OpenLines();
  readonly #known: Known[] = [];
  readonly #metrics = new Map<string, Metadata>();

  get size(): number {
    return this.#metrics.size;
  }

  /** UTF-16 units of all texts, about: for prometheus_target_metadata_cache_bytes. */
  get textLength(): number {
    let length = 0;
    for (const [name, { type, help, unit }] of this.#metrics) {
      length += name.length + type.length + help.length + unit.length;
    }
    return length;
  }

  metrics(): ReadonlyMap<string, Metadata> {
    return this.#metrics;
  }

  /** REQUIRES: the columns of a body of this target that was good. */
  update(columns: ExpositionColumns): void {
    const { metadata, keys } = columns;
    this.#lines.begin();
    let changed = 0;
    for (let i = 0; i < metadata.count; i++) {
      const start = metadata.lineStart[i]!;
      const end = metadata.textEnd[i]!;
      if (this.#lines.find(keys, start, end) >= 0) continue;
      this.#known[this.#lines.add(keys, start, end)] = columns.metadataAt(i);
      changed++;
    }
    if (changed + this.#lines.commit().length > 0) this.#rebuild(columns);
  }

  #rebuild(columns: ExpositionColumns): void {
    this.#metrics.clear();
    const { metadata, keys } = columns;
    this.#lines.begin();
    for (let i = 0; i < metadata.count; i++) {
      const known = this.#known[this.#lines.find(keys, metadata.lineStart[i]!, metadata.textEnd[i]!)]!;
      const before = this.#metrics.get(known.name) ?? empty;
      this.#metrics.set(known.name, withLine(before, known));
    }
    this.#lines.commit();
  }
}

function withLine(metadata: Metadata, { kind, text }: Known): Metadata {
  // The parser checked the type.
  return kind === "type" ? { ...metadata, type: text as MetricType } : { ...metadata, [kind]: text };
}
