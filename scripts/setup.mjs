// What every command needs first: a Node that will do, the packages of the lock file, a build of the present sources.
// Each step looks whether it is needed, says what it does, and costs well under a second when there is nothing to do.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
/** The `narthex` command as users run it. */
export const program = join(root, "apps", "narthex", "bundle", "main.js");
const nodeVersionMin = [20, 19];
const stamps = join(root, "node_modules", ".narthex");
// Kernels manage their own memory, which their importer gives them: no garbage collector, no start code.
const kernelFlags = "--runtime stub --noAssert -O3 --enable simd --importMemory --use abort=".split(" ");
// Memory of this one is read by other threads, and addressed up to 4 GiB.
const sharedKernels = ["append"];
const sharedKernelFlags = "--sharedMemory --maximumMemory 65536 --enable threads".split(" ");

/** Runs a command in the root with this terminal; ends the process with its exit code when it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs a tool from node_modules. */
export function runTool(name, args, options = {}) {
  run(process.execPath, [toolPath(name), ...args], options);
}

/** The script behind a tool's name, as its package.json states it. */
export function toolPath(name) {
  const [packageName, binary] = {
    tsc: ["typescript", "tsc"],
    biome: ["@biomejs/biome", "biome"],
    asc: ["assemblyscript", "asc"],
  }[name] ?? [name, name];
  const folder = join(root, "node_modules", packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[binary]);
}

export function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > nodeVersionMin[0] || (major === nodeVersionMin[0] && minor >= nodeVersionMin[1])) return;
  console.error(`Narthex needs Node ${nodeVersionMin.join(".")} or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

export function install() {
  const lock = hashFiles([join(root, "package-lock.json")]);
  if (readStamp("install") === lock) return;
  console.log("Installing packages (npm ci) …");
  const started = Date.now();
  run(process.platform === "win32" ? "npm.cmd" : "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  writeStamp("install", lock);
  console.log(`Installed in ${seconds(started)} s.`);
}

export function build() {
  const started = Date.now();
  const built = [buildKernels(), buildLibraries(), buildBundle(), buildWeb()].flat();
  if (built.includes(true)) console.log(`Built in ${seconds(started)} s.`);
}

/**
 * AssemblyScript to WebAssembly: `packages/x/kernel/y.ts`, with what it imports from a folder beside it, becomes
 * `packages/x/src/kernel/y.wasm.ts`, a module with the bytes in base64, which Node, browsers and the tests of the sources import alike. True for each that was built.
 */
export function buildKernels() {
  const packages = join(root, "packages");
  return readdirSync(packages).flatMap((name) => {
    const folder = join(packages, name, "kernel");
    if (!existsSync(folder)) return [];
    const kernels = readdirSync(folder).filter((file) => file.endsWith(".ts"));
    return kernels.map((file) => buildKernel(join(folder, file), join(packages, name, "src", "kernel")));
  });
}

function buildKernel(source, targetFolder) {
  const name = basename(source, ".ts");
  const target = join(targetFolder, `${name}.wasm.ts`);
  const stamp = `kernel-${name}`;
  const sources = hashFiles(sourceFiles([dirname(source)], []));
  if (readStamp(stamp) === sources && existsSync(target)) return false;
  console.log(`Building kernel ${name} …`);
  const binary = join(stamps, `${name}.wasm`);
  mkdirSync(stamps, { recursive: true });
  const flags = sharedKernels.includes(name) ? [...kernelFlags, ...sharedKernelFlags] : kernelFlags;
  runTool("asc", [source, "--config", "none", "--outFile", binary, ...flags]);
  const base64 = readFileSync(binary).toString("base64");
  mkdirSync(targetFolder, { recursive: true });
  writeFileSync(
    target,
    `// Built from kernel/${name}.ts by scripts/setup.mjs.\nexport const ${name}Wasm: string = "${base64}";\n`,
  );
  writeStamp(stamp, sources);
  return true;
}

/** TypeScript to dist, all packages and apps but the UI. True when there was work to do. */
function buildLibraries() {
  const sources = hashFiles(sourceFiles([join(root, "packages"), join(root, "apps")], ["web"]));
  if (readStamp("build") === sources) return false;
  console.log("Building packages and apps …");
  runTool("tsc", ["-b"]);
  writeStamp("build", sources);
  return true;
}

/** The `narthex` command in few files. True when there was work to do. */
function buildBundle() {
  const script = join(root, "scripts", "bundle.mjs");
  const folders = [join(root, "packages"), join(root, "apps")];
  const used = [script, join(root, "scripts", "use-bundle.mjs"), join(root, "package-lock.json")];
  const sources = hashFiles([...used, ...sourceFiles(folders, ["web"])]);
  if (readStamp("bundle") === sources && existsSync(program)) return false;
  console.log("Bundling the narthex command …");
  run(process.execPath, [script]);
  writeStamp("bundle", sources);
  return true;
}

function buildWeb() {
  const folder = join(root, "apps", "web");
  if (!existsSync(join(folder, "vite.config.ts"))) return false;
  const sources = hashFiles(sourceFiles([folder], []));
  if (readStamp("web") === sources && existsSync(join(folder, "dist", "index.html"))) return false;
  console.log("Building the web UI …");
  runTool("vite", ["build", "--logLevel", "error"], { cwd: folder });
  writeStamp("web", sources);
  return true;
}

function sourceFiles(folders, skipped) {
  const files = [join(root, "tsconfig.base.json")];
  const skip = new Set(["bundle", "dist", "node_modules", "testdata", ...skipped]);
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) {
        if (!skip.has(entry.name)) visit(join(folder, entry.name));
      } else if (!/\.(test|fuzz|bench)\.ts$|\.md$/.test(entry.name)) files.push(join(folder, entry.name));
    }
  };
  for (const folder of folders) visit(folder);
  return files.sort();
}

// Size and time of change stand for the content: reading it all would cost more than the build check may.
function hashFiles(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

function readStamp(name) {
  const file = join(stamps, name);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function writeStamp(name, value) {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(join(stamps, name), value);
}

export function seconds(started) {
  return ((Date.now() - started) / 1000).toFixed(1);
}

/** Node, packages, build. */
export function setUp() {
  checkNode();
  install();
  build();
}
