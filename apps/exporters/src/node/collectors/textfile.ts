// Metrics that other programs leave in files: every *.prom in a folder.
import { statSync } from "node:fs";
import { ExpositionColumns, familiesFrom, type MetricFamily, ParseError, parseExposition } from "@narthex/formats";
import { errorText, type Logger, stringsFlag } from "@narthex/service";
import { encodeUtf8 } from "@narthex/stdx";
import { type Collector, defineCollector } from "../collector.js";
import { gauge } from "../families.js";
import { FamilyMerger } from "../family-merger.js";
import { isAbsence, listFolder, readText } from "../files.js";
import { foldersMatching } from "../folders-matching.js";

const scrapeError = gauge("node_textfile_scrape_error", "Whether a file could not be read or understood.");
const modifiedTime = gauge("node_textfile_mtime_seconds", "When the file was last changed, in seconds since 1970.");

const directoryFlag = "collector.textfile.directory";

const flags = {
  [directoryFlag]: stringsFlag([], "Folder, or pattern of folders, with *.prom files; may be given more than once."),
};

export const textfile: Collector = defineCollector({
  name: "textfile",
  isDefault: true,
  flags,
  open: ({ flags: values, logger }) => {
    return (table) => {
      const merger = new FamilyMerger();
      let hasFailed = false;
      for (const pattern of values[directoryFlag]) {
        for (const folder of foldersMatching(pattern)) {
          const names = listFolder(folder);
          if (names === undefined) {
            logger.error({ folder }, "cannot read the folder of text files");
            hasFailed = true;
          }
          for (const name of names?.filter((file) => file.endsWith(".prom")) ?? []) {
            const file = `${folder.replace(/\/+$/, "")}/${name}`;
            const read = readFamilies(file, logger);
            if (read === undefined || !merger.add(read.families)) hasFailed = true;
            if (read !== undefined) table.add(modifiedTime, read.modifiedMs / 1000, { file });
          }
        }
      }
      for (const family of merger.families()) table.addFamily(family);
      table.add(scrapeError, hasFailed ? 1 : 0);
    };
  },
});

type FileRead = { readonly families: readonly MetricFamily[]; readonly modifiedMs: number };

/** Undefined where the file is of no use; the log says why. */
function readFamilies(file: string, logger: Logger): FileRead | undefined {
  try {
    const columns = new ExpositionColumns();
    parseExposition(encodeUtf8(readText(file)), "PrometheusText0.0.4", columns);
    if (columns.hasTimestamps) throw new ParseError("metrics with timestamps are not taken", { line: 1, column: 1 });
    return { families: familiesFrom(columns), modifiedMs: statSync(file).mtimeMs };
  } catch (error) {
    if (!(error instanceof ParseError) && !isAbsence(error)) throw error;
    logger.error({ file, err: errorText(error) }, "cannot read the text file");
    return undefined;
  }
}
