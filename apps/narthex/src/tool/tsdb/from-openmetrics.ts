// `narthex tool tsdb create-blocks-from openmetrics`: a file of samples, of any size, becomes blocks. The file is read once.
import { ExpositionColumns, openMetricsPieces, ParseError } from "@narthex/formats";
import { type Labels, labelEntries, labelsFrom, printLabels } from "@narthex/model";
import { type FlagTable, parseCommandLine, stringsFlag } from "@narthex/service";
import { nodeFileSystem } from "@narthex/stdx";
import { BlockImporter } from "@narthex/tsdb";
import type { Run } from "../../command.js";
import { labelPairs } from "../label-pairs.js";
import { blocksFlags, finishBlocks } from "./blocks-flags.js";

const table = {
  ...blocksFlags,
  label: stringsFlag([], "Label to attach to metrics, name=value. Can be specified multiple times."),
} satisfies FlagTable;

export const runBlocksFromOpenMetrics: Run = async ({ name, summary, args }) => {
  const request = { name: `narthex ${name}`, description: summary, table, args };
  const { flags, words } = parseCommandLine({ ...request, words: "<input file> [<output directory>]" });
  const [input, directory = "data/"] = words as [string, string?];
  const extra = labelPairs("label", flags.label);
  const file = nodeFileSystem.open(input, "read");
  const importer = new BlockImporter({ directory: directory.replace(/(?<=.)\/+$/, "") });
  try {
    const rows = new RowImport(importer, extra);
    for (const columns of openMetricsPieces(file, new ExpositionColumns())) rows.add(columns);
  } catch (error) {
    importer.close();
    if (!(error instanceof ParseError)) throw error;
    throw new Error(`${input}:${error.line}:${error.column}: ${error.message}`, { cause: error });
  } finally {
    file.close();
  }
  finishBlocks(importer, { directory, isHumanReadable: flags["human-readable"], isQuiet: flags.quiet });
  return 0;
};

/** Finds each row's series by the bytes of its name and labels, and first by those of the row before. */
class RowImport {
  readonly #importer: BlockImporter;
  readonly #extra: Readonly<Record<string, string>>;
  readonly #refs = new Map<string, number>();
  /** Different texts may name one series: labels in another order. */
  readonly #refsByLabels = new Map<string, number>();
  #key: Uint8Array = new Uint8Array(0);
  #ref = -1;

  constructor(importer: BlockImporter, extra: Readonly<Record<string, string>>) {
    this.#importer = importer;
    this.#extra = extra;
  }

  add(columns: ExpositionColumns): void {
    for (let row = 0; row < columns.count; row++) {
      const t = columns.t[row] as number;
      if (Number.isNaN(t))
        throw new Error(`expected timestamp for series ${printLabels(columns.labelsAt(row))}, got none`);
      this.#find(columns, row);
      this.#importer.append(this.#ref, t, columns.v[row] as number);
    }
  }

  #find(columns: ExpositionColumns, row: number): void {
    const { keys, keyStart, keyEnd } = columns;
    const start = keyStart[row] as number;
    const length = (keyEnd[row] as number) - start;
    if (this.#ref >= 0 && this.#isSame(keys, start, length)) return;
    this.#key = keys.slice(start, start + length);
    const text = Buffer.from(this.#key.buffer).toString("latin1");
    let ref = this.#refs.get(text);
    if (ref === undefined) {
      ref = this.#refOf(columns.labelsAt(row));
      this.#refs.set(text, ref);
    }
    this.#ref = ref;
  }

  #isSame(keys: Uint8Array, start: number, length: number): boolean {
    const key = this.#key;
    if (key.length !== length) return false;
    // Series differ in their last bytes mostly.
    for (let i = length - 1; i >= 0; i--) if (key[i] !== keys[start + i]) return false;
    return true;
  }

  #refOf(own: Labels): number {
    const labels = this.#withExtra(own);
    const key = printLabels(labels);
    const known = this.#refsByLabels.get(key);
    if (known !== undefined) return known;
    const ref = this.#importer.addSeries(labels);
    this.#refsByLabels.set(key, ref);
    return ref;
  }

  #withExtra(own: Labels): Labels {
    if (Object.keys(this.#extra).length === 0) return own;
    return labelsFrom({ ...(Object.fromEntries(labelEntries(own)) as Record<string, string>), ...this.#extra });
  }
}
