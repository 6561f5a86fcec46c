// npm run dev: rebuilds on change, restarts `narthex up`, and serves the UI with hot reload on :5173.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root, setUp, toolPath } from "./setup.mjs";

setUp();
const node = (args, options = {}) => spawn(process.execPath, args, { cwd: root, stdio: "inherit", ...options });
const children = [
  node([toolPath("tsc"), "-b", "--watch", "--preserveWatchOutput"]),
  node([
    "--watch",
    "--watch-preserve-output",
    join("apps", "narthex", "dist", "main.js"),
    "up",
    ...process.argv.slice(2),
  ]),
  node([toolPath("vite")], {
    cwd: join(root, "apps", "web"),
    env: { ...process.env, NARTHEX_SERVER: "http://127.0.0.1:9090" },
  }),
];
process.on("SIGINT", () => {
  for (const child of children) child.kill("SIGINT");
});
