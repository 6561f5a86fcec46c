// npm start: sets up what is missing and runs the whole pipeline in one process. Arguments go to `narthex up`.
import { spawn } from "node:child_process";
import { program, setUp } from "./setup.mjs";

setUp();
const child = spawn(process.execPath, [program, "up", ...process.argv.slice(2)], { stdio: "inherit" });
// The terminal sends Ctrl-C to both; the child decides when to end.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.on(signal, () => signal === "SIGINT" || child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));
