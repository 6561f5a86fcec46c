import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL(".", import.meta.url));

// Tests run on the sources, so that a change needs no build; only workers and processes run from dist.
function workspaceAliases(): Record<string, string> {
  const aliases: Record<string, string> = {};
  for (const group of ["packages", "apps"]) {
    for (const folder of readdirSync(`${root}${group}`)) {
      const entry = `${root}${group}/${folder}/src/index.ts`;
      if (!existsSync(entry)) continue;
      const { name } = JSON.parse(readFileSync(`${root}${group}/${folder}/package.json`, "utf8")) as { name: string };
      // A longer name goes first: aliases match beginnings.
      const testing = `${root}${group}/${folder}/src/testing.ts`;
      if (existsSync(testing)) aliases[`${name}/testing`] = testing;
      aliases[name] = entry;
    }
  }
  return aliases;
}

// Fuzz tests take as long as they are told to.
const isLongRun = ["FUZZ_ROUNDS", "FUZZ_STEPS", "STEPS"].some((name) => process.env[name] !== undefined);

export default defineConfig({
  resolve: { alias: workspaceAliases() },
  test: {
    pool: "threads",
    isolate: false,
    // By itself vitest leaves one processor out: of two, that is half.
    maxWorkers: availableParallelism(),
    include: ["{packages,apps}/*/src/**/*.{test,fuzz,bench}.ts", "scripts/**/*.test.ts"],
    testTimeout: isLongRun ? 3_600_000 : 20_000,
  },
});
