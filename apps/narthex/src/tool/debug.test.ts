import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { printTar } from "./tar.js";

it("tar reads the archive", () => {
  const folder = mkdtempSync(join(tmpdir(), "narthex-debug-"));
  try {
    const files = { "metrics.txt": "up 1\n".repeat(300), "empty.pb": "", "block.pb": "x".repeat(512) };
    const contents = Object.entries(files).map(([name, text]) => ({ name, content: Buffer.from(text) }));
    writeFileSync(join(folder, "a.tar"), printTar(contents));
    const list = spawnSync("tar", ["tf", "a.tar"], { cwd: folder, encoding: "utf8" });
    expect(list).toMatchObject({ status: 0, stderr: "", stdout: "metrics.txt\nempty.pb\nblock.pb\n" });
    for (const [name, text] of Object.entries(files)) {
      expect(spawnSync("tar", ["xOf", "a.tar", name], { cwd: folder, encoding: "utf8" }).stdout).toBe(text);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
