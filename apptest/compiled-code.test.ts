// The compiled code that lies beside the bundle: used where it is whole, left aside where it is not.
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freshFolder, root } from "./processes.js";

const app = join(root, "apps", "narthex");

/** Counts what V8 is given and takes; loaded before the program. */
const counting = `
const vm = require("node:vm");
const counts = { taken: 0, refused: 0, none: 0 };
vm.Script = class extends vm.Script {
  constructor(text, options) {
    super(text, options);
    counts[!options.cachedData ? "none" : this.cachedDataRejected ? "refused" : "taken"]++;
  }
};
process.on("exit", () => console.error(JSON.stringify(counts)));
`;

it("saves compiling, and does no harm where it is damaged, cut off or gone", () => {
  const folder = freshFolder();
  const bundle = join(folder, "bundle");
  cpSync(join(app, "package.json"), join(folder, "package.json"));
  cpSync(join(app, "bundle"), bundle, { recursive: true, filter: (name) => !name.endsWith(".map") });
  const counter = join(folder, "counting.cjs");
  writeFileSync(counter, counting);
  const check = (expected: RegExp): void => {
    const command = `"${process.execPath}" -r "${counter}" "${join(bundle, "main.js")}" tool promql format 'sum( up )' 2>&1`;
    const output = execFileSync("sh", ["-c", command], { encoding: "utf8" });
    expect(output).toContain("sum(up)");
    expect(output).toMatch(expected);
  };
  const [codeFolder = ""] = readdirSync(join(bundle, "code"));
  const change = (changed: (bytes: Buffer) => Buffer): void => {
    for (const name of readdirSync(join(bundle, "code", codeFolder))) {
      const file = join(bundle, "code", codeFolder, name);
      writeFileSync(file, changed(readFileSync(file)));
    }
  };
  check(/"taken":[1-9]\d*,"refused":0,"none":0/);
  change((bytes) => {
    bytes[Math.floor((bytes.length * 2) / 3)]! ^= 0xff;
    return bytes;
  });
  check(/"taken":0,"refused":0,"none":[1-9]/);
  change((bytes) => bytes.subarray(0, 3));
  check(/"taken":0,"refused":0,"none":[1-9]/);
  rmSync(join(bundle, "code"), { recursive: true });
  check(/"taken":0,"refused":0,"none":[1-9]/);
});
