// npm run lint [-- --fix]: format and lint rules (biome), floating promises and other type-aware rules (oxlint), types of tests.
import { checkNode, install, runTool } from "./setup.mjs";

checkNode();
install();
runTool("biome", ["check", ...(process.argv.includes("--fix") ? ["--write"] : []), "."]);
runTool("tsc", ["-b"]);
runTool("oxlint", ["--type-aware", "--deny-warnings"]);
runTool("tsc", ["-p", "tsconfig.test.json", "--noEmit"]);
