import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { HelpRequested, UsageError } from "./errors.js";
import { parseCommandLine, parseFlags } from "./parse.js";
import { booleanFlag, durationFlag, type FlagValues, numberFlag, sizeFlag, stringFlag, stringsFlag } from "./spec.js";

const table = {
  "config.file": stringFlag("prometheus.yml", "Configuration file."),
  "web.listen-address": stringsFlag(["0.0.0.0:9090"], "Address to listen on."),
  "web.enable-lifecycle": booleanFlag(false, "Enable reload by HTTP."),
  "storage.wal-compression": booleanFlag(true, "Compress the WAL."),
  "query.timeout": durationFlag("2m", "Time a query may take."),
  "query.max-samples": numberFlag(50_000_000, "Samples a query may load."),
  "body.max": sizeFlag("10MB", "Largest body."),
  "log.level": stringFlag("info", "Level.", { choices: ["info", "debug"] }),
} as const;

function parse(args: readonly string[]): FlagValues<typeof table> {
  return parseFlags({ name: "narthex server", description: "Runs the server.", table, args });
}

describe("parseFlags", () => {
  it.each<[string[], Partial<FlagValues<typeof table>>]>([
    [
      [],
      {
        "config.file": "prometheus.yml",
        "web.listen-address": ["0.0.0.0:9090"],
        "query.timeout": 120_000,
        "body.max": 10 * 1024 ** 2,
      },
    ],
    [["--config.file=a.yml"], { "config.file": "a.yml" }],
    [["--config.file", "a.yml"], { "config.file": "a.yml" }],
    [["--config.file", "--odd"], { "config.file": "--odd" }],
    [["--config.file="], { "config.file": "" }],
    [["--web.listen-address=:1", "--web.listen-address", ":2"], { "web.listen-address": [":1", ":2"] }],
    [["--web.enable-lifecycle"], { "web.enable-lifecycle": true }],
    [["--web.enable-lifecycle=false"], { "web.enable-lifecycle": false }],
    [["--no-storage.wal-compression"], { "storage.wal-compression": false }],
    [["--storage.wal-compression"], { "storage.wal-compression": true }],
    [["--query.timeout=1m30s", "--query.max-samples=7"], { "query.timeout": 90_000, "query.max-samples": 7 }],
  ])("%j", (args, expected) => {
    expect(parse(args)).toMatchObject(expected);
  });

  it.each([
    [["--nope"], "narthex server: error: unknown long flag '--nope', try --help"],
    [["--constructor"], "unknown long flag '--constructor'"],
    [["--no-config.file"], "unknown long flag '--no-config.file'"],
    [["-x"], "unknown short flag '-x'"],
    [["stray"], "unexpected stray"],
    [["--config.file"], "expected argument for flag '--config.file'"],
    [["--config.file=a", "--config.file=b"], "flag 'config.file' cannot be repeated"],
    [["--query.timeout=soon"], '--query.timeout: not a valid duration string: "soon"'],
    [["--query.max-samples=many"], '--query.max-samples: "many" is not a number'],
    [["--web.enable-lifecycle=maybe"], '"maybe" is neither true nor false'],
    [["--log.level=loud"], "enum value must be one of info,debug, got 'loud' for flag '--log.level'"],
    [["@/nowhere/at/all"], "no such file"],
  ])("%j is refused", (args, message) => {
    expect(() => parse(args)).toThrow(UsageError);
    expect(() => parse(args)).toThrow(message);
  });

  it("--help names every flag with its default", () => {
    try {
      parse(["--help"]);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(HelpRequested);
      const { text } = error as HelpRequested;
      expect(text).toContain("usage: narthex server [<flags>]\n");
      expect(text).toContain("      --query.timeout=2m            Time a query may take.\n");
      expect(text).toContain("      --[no-]storage.wal-compression\n");
      expect(text).toContain('--web.listen-address="0.0.0.0:9090" ...\n');
    }
  });
});

describe("parseCommandLine", () => {
  const toolTable = {
    time: stringFlag("", "Time."),
    format: stringFlag("promql", "Output.", { short: "o", choices: ["promql", "json"] }),
    header: stringsFlag([], "Headers."),
    quiet: booleanFlag(false, "Say less.", { short: "q" }),
    regex: booleanFlag(false, "Read as regular expression.", { short: "r" }),
  };

  function parseTool(args: readonly string[]): { flags: FlagValues<typeof toolTable>; words: readonly string[] } {
    const request = { name: "tool", description: "Asks.", table: toolTable, args };
    return parseCommandLine({ ...request, words: "<server> <expr>", hasDashedWords: true });
  }

  it.each<[string[], string[], Partial<FlagValues<typeof toolTable>>]>([
    [["URL", "up"], ["URL", "up"], {}],
    [["URL", "-up"], ["URL", "-up"], {}],
    [["URL", "-1"], ["URL", "-1"], {}],
    [["URL", "-orders_total"], ["URL", "-orders_total"], { format: "promql" }],
    [["URL", "-queue_length"], ["URL", "-queue_length"], { quiet: false }],
    [["URL", "--", "--up"], ["URL", "--up"], {}],
    [["URL", "--", "-o"], ["URL", "-o"], {}],
    [["--time", "3", "URL", "-up", "--header=a: b"], ["URL", "-up"], { time: "3", header: ["a: b"] }],
    [["-o", "json", "URL", "up", "-qr"], ["URL", "up"], { format: "json", quiet: true, regex: true }],
    [["-ojson", "URL", "up"], ["URL", "up"], { format: "json" }],
  ])("%j", (args, words, flags) => {
    const parsed = parseTool(args);
    expect(parsed.words).toEqual(words);
    expect(parsed.flags).toMatchObject(flags);
  });

  it.each([
    [["URL"], "tool: error: required argument 'expr' not provided, try --help"],
    [[], "required argument 'server' not provided"],
    [["URL", "up", "more"], "unexpected more"],
    [["URL", "up", "-o", "xml"], "enum value must be one of promql,json"],
    [["URL", "up", "--up"], "unknown long flag '--up'"],
  ])("%j is refused", (args, message) => {
    expect(() => parseTool(args)).toThrow(message);
  });

  it("takes arguments from a file, and refuses a file that names itself", () => {
    const folder = mkdtempSync(join(tmpdir(), "narthex-flags-"));
    try {
      const file = join(folder, "args");
      writeFileSync(file, "# how to ask\nURL\n-o\njson\n");
      expect(parseTool([`@${file}`, "up"])).toMatchObject({ words: ["URL", "up"], flags: { format: "json" } });
      writeFileSync(file, `@${file}\n`);
      expect(() => parseTool([`@${file}`])).toThrow("more than 100 files of arguments");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("asks for a required flag", () => {
    const required = { match: stringsFlag([], "Selector.", { required: true }) };
    expect(() => parseFlags({ name: "tool", description: "", table: required, args: [] })).toThrow(
      "tool: error: required flag --match not provided",
    );
  });
});
