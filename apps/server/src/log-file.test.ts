import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@narthex/service";
import { expect, test } from "vitest";
import { LogFile } from "./log-file.js";

const folder = mkdtempSync(join(tmpdir(), "log-file-"));

function newLogFile(): { readonly file: LogFile; readonly logged: string[] } {
  const logged: string[] = [];
  const logger = createLogger({ level: "error", format: "logfmt", write: (line) => logged.push(line) });
  return { file: new LogFile({ logger, what: "the log", onFailure: () => logged.push("failure") }), logged };
}

const linesOf = (path: string): unknown[] =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);

test("lines stay in order when their file is opened anew again and again, and all are there at the end", async () => {
  const { file, logged } = newLogFile();
  const path = join(folder, "order.json");
  const long = "x".repeat(100_000);
  for (let i = 0; i < 100; i++) {
    if (i % 3 === 0) file.setFile(path);
    file.write({ i, long: i % 2 === 0 ? long : "" });
  }
  await file.close();
  expect(linesOf(path)).toMatchObject(Array.from({ length: 100 }, (_, i) => ({ i })));
  expect(logged).toEqual([]);
});

test("a file that cannot be opened is told of, and does not keep the next one from its lines", async () => {
  const { file, logged } = newLogFile();
  file.setFile(join(folder, "no such folder", "a.json"));
  file.write({ lost: true });
  const path = join(folder, "next.json");
  file.setFile(path);
  file.write({ i: 1 });
  await file.close();
  expect(linesOf(path)).toEqual([{ i: 1 }]);
  expect(logged).toEqual(["failure", expect.stringContaining("the log cannot be written")]);
});
