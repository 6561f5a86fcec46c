// npm run bench [-- FILTER]: every *.bench.ts with its real parameters, one after the other.
import { runTool, setUp } from "./setup.mjs";

setUp();
runTool("vitest", ["run", "--config", "bench/vitest.config.ts", ...process.argv.slice(2)], {
  env: { ...process.env, BENCH: "1" },
});
