// node_exporter's own cases: folders of text files, and what the exporter says of each.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { comparableLines, scrapeWith } from "../testdata/scrape.js";

const corpora = process.env["CORPORA"] ?? fileURLToPath(new URL("../../../../../../shared/corpora", import.meta.url));
const corpus = join(corpora, "node-exporter/textfile");

async function linesOf(pattern: string, prefix: string): Promise<string[]> {
  const args = ["--collector.disable-defaults", "--collector.textfile", `--collector.textfile.directory=${pattern}`];
  const { text } = await scrapeWith(args);
  const lines = comparableLines(text).filter((line) => !/^(# TYPE )?node_(scrape|exporter)_/.test(line));
  return normalized(lines.map((line) => line.replace(prefix, "fixtures/textfile")));
}

// Numbers by value, times of change as 1: the same in both outputs.
function normalized(lines: readonly string[]): string[] {
  return lines
    .map((line) => line.replace(/^(node_textfile_mtime_seconds.*) \S+$/, "$1 1"))
    .map((line) => (line.startsWith("#") ? line : line.replace(/ (\S+)$/, (_, value: string) => ` ${Number(value)}`)))
    .sort();
}

describe("node_exporter's text files", () => {
  if (!existsSync(corpus)) {
    test(`stand in the corpora, which are not at ${corpus}`, () => {});
    return;
  }
  const patterns: Readonly<Record<string, string>> = { glob_extra_dimension: "*_extra_dimension" };
  for (const file of readdirSync(corpus).filter((name) => name.endsWith(".out"))) {
    const name = file.slice(0, -".out".length);
    test(name, async () => {
      const expected = normalized(comparableLines(readFileSync(join(corpus, file), "utf8")));
      expect(await linesOf(join(corpus, patterns[name] ?? name), corpus)).toEqual(expected);
    });
  }
});

test("a series that two files tell is taken once and told as an error", async () => {
  const folder = mkdtempSync(join(tmpdir(), "textfile-"));
  try {
    mkdirSync(join(folder, "a"));
    writeFileSync(join(folder, "a/1.prom"), "twice 1\nonce 1\n");
    writeFileSync(join(folder, "a/2.prom"), "twice 2\n");
    const lines = await linesOf(join(folder, "[ab]"), folder);
    expect(lines).toEqual(expect.arrayContaining(["twice 1", "once 1", "node_textfile_scrape_error 1"]));
    expect(lines).not.toContain("twice 2");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
