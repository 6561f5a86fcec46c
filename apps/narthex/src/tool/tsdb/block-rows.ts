// Blocks as rows of a table, as promtool prints them.
import { printGoDuration } from "@narthex/model";
import type { ListedBlock } from "@narthex/tsdb";

const titles = ["BLOCK ULID", "MIN TIME", "MAX TIME", "DURATION", "NUM SAMPLES", "NUM CHUNKS", "NUM SERIES", "SIZE"];

export type RowOptions = { readonly isHumanReadable: boolean; readonly hasTitles: boolean };

export function printBlockRows(blocks: readonly ListedBlock[], { isHumanReadable, hasTitles }: RowOptions): string {
  const time = isHumanReadable ? printTime : String;
  const rows = blocks.map(({ meta, bytes }) => [
    meta.ulid,
    time(meta.minTime),
    time(meta.maxTime),
    printGoDuration(meta.maxTime - meta.minTime),
    String(meta.stats.numSamples),
    String(meta.stats.numChunks),
    String(meta.stats.numSeries),
    isHumanReadable ? printBytes(bytes) : String(bytes),
  ]);
  return printColumns(hasTitles ? [titles, ...rows] : rows);
}

const columnWidthMin = 13;

function printColumns(rows: readonly (readonly string[])[]): string {
  const widths = titles.map((_, i) => Math.max(columnWidthMin, ...rows.map((row) => (row[i] as string).length + 2)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] as number))).join("");
  return rows.map((row) => `${line(row)}\n`).join("");
}

function printTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
}

const units = ["EiB", "PiB", "TiB", "GiB", "MiB", "KiB", "B"];

/** Each unit that there is one of: 15KiB671B. */
function printBytes(bytes: number): string {
  let rest = bytes;
  let text = "";
  units.forEach((unit, i) => {
    const size = 1024 ** (units.length - 1 - i);
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  });
  return text === "" ? "0B" : text;
}
