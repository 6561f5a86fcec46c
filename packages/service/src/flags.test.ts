import { describe, expect, it } from "vitest";
import {
  booleanFlag,
  durationFlag,
  type FlagValues,
  HelpRequested,
  numberFlag,
  parseFlags,
  sizeFlag,
  stringFlag,
  stringsFlag,
  UsageError,
} from "./flags.js";

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
    [["--web.listen-address=:1", "--web.listen-address=:2"], { "web.listen-address": [":1", ":2"] }],
    [["--web.enable-lifecycle"], { "web.enable-lifecycle": true }],
    [["--web.enable-lifecycle=false"], { "web.enable-lifecycle": false }],
    [["--no-storage.wal-compression"], { "storage.wal-compression": false }],
    [["--storage.wal-compression"], { "storage.wal-compression": true }],
    [["--query.timeout=1m30s", "--query.max-samples=7"], { "query.timeout": 90_000, "query.max-samples": 7 }],
  ])("%j", (args, expected) => {
    expect(parse(args)).toMatchObject(expected);
  });

  it.each([
    [["--nope"], "narthex server: unknown option '--nope'; see narthex server --help"],
    [["stray"], "too many arguments"],
    [["--query.timeout=soon"], '--query.timeout: not a valid duration string: "soon"'],
    [["--query.max-samples=many"], '--query.max-samples: "many" is not a number'],
    [["--web.enable-lifecycle=maybe"], '"maybe" is neither true nor false'],
    [["--log.level=loud"], "Allowed choices are info, debug"],
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
      expect((error as HelpRequested).text).toContain("--query.timeout <duration>");
      expect((error as HelpRequested).text).toContain("(default: 2m)");
    }
  });
});
