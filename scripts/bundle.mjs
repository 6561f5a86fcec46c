// Puts the `narthex` command and its workers into apps/narthex/bundle: a few files, of which each command loads what it needs.
// Hundreds of small modules instead cost memory and time: see docs/benchmarks.md#memory. The bundle comes from the sources,
// whose types `tsc -b` has checked; source maps lie beside, and in `code` what V8 makes of the parts, which
// apps/narthex/src/load-part.ts loads. That needs CommonJS: of ES modules Node.js 20 takes no such code. Run by scripts/setup.mjs.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./setup.mjs";

const bundleFolder = join(root, "apps", "narthex", "bundle");
const leftoverMsMax = 24 * 3_600_000;

async function bundle() {
  const build = await rolldown({
    input: { program: join(root, "apps", "narthex", "src", "program.ts") },
    platform: "node",
    cwd: root,
    resolve: { alias: workspaceSources() },
    plugins: [filesBesideModules(), fetchUnloaded(), oneByteText()],
    onLog(level, log, report) {
      if (level === "warn" && log.code !== "EVAL") report("error", log);
    },
  });
  const { output } = await build.write({
    ...outputOptions,
    entryFileNames: "[name]-[hash].js",
    chunkFileNames: (chunk) => `${partOf(chunk)}-[hash].js`,
    sourcemap: true,
  });
  await build.close();
  refuseImports(output);
  const loader = await bundleLoader();
  const entries = writeEntries(output.filter((file) => file.isEntry));
  // A worker's program begins to work when it is loaded.
  const parts = output.filter((file) => file.type === "chunk" && !workerForm.test(file.name));
  keepCode(parts.map((file) => file.fileName));
  removeLeftovers(new Set([...output.map((file) => file.fileName), ...entries, loader]));
}

const outputOptions = {
  dir: bundleFolder,
  format: "cjs",
  // Names and lines stay, for stack traces and profiles; making the files smaller saves a megabyte at most.
  minify: false,
  comments: { legal: true, annotation: false, jsdoc: false },
};

/** What is imported while the program runs can only be parts: V8 does not know where code came from that it is given. */
function refuseImports(output) {
  const names = output.flatMap(({ dynamicImports = [] }) => dynamicImports);
  const foreign = names.filter((name) => !output.some(({ fileName }) => fileName === name));
  if (foreign.length > 0) throw new Error(`imported dynamically, and no part of the bundle: ${foreign.join(", ")}`);
}

const workerForm = /-worker$/;

/** By itself: what it needed of others it would have to load without code. */
async function bundleLoader() {
  const fileName = "load-part.js";
  const build = await rolldown({
    input: join(root, "apps", "narthex", "src", "load-part.ts"),
    platform: "node",
    cwd: root,
  });
  await build.write({ ...outputOptions, entryFileNames: fileName });
  await build.close();
  return fileName;
}

/** Files whose names do not change: `main.js`, and one for each worker. */
function writeEntries(programs) {
  const write = (name, text) => {
    writeFileSync(join(bundleFolder, name), text);
    return name;
  };
  const load = ({ fileName }) => `require("./load-part.js").loadPart("${fileName}")`;
  return [
    write("package.json", '{ "type": "commonjs" }\n'),
    ...programs.map((program) => {
      if (workerForm.test(program.name)) return write(`${program.name}.js`, `${load(program)};\n`);
      return write("main.js", `#!/usr/bin/env node\n${load(program)}.runProgram();\n`);
    }),
  ];
}

/** In a process of its own: V8's options are those that the command begins with. */
function keepCode(names) {
  const loader = JSON.stringify(join(bundleFolder, "load-part.js"));
  const program = names.find((name) => name.startsWith("program-"));
  const use = JSON.stringify(join(root, "scripts", "use-bundle.mjs"));
  const script = `
    const { keepCode, loadPart } = require(${loader});
    const names = ${JSON.stringify(names)};
    const use = async () => {
      const { useServer, useStorage } = await import(${use});
      await useStorage(names.map(loadPart).find((part) => part.openTsdb).openTsdb);
      await useServer(loadPart(${JSON.stringify(program)}));
    };
    keepCode(names, use).then(() => process.exit());
  `;
  execFileSync(process.execPath, ["-e", script], { stdio: ["ignore", "ignore", "inherit"] });
}

/** The package or app whose files a chunk holds. */
function partOf({ moduleIds }) {
  const [group, part] = relative(root, moduleIds.at(-1) ?? "").split("/");
  return group === "packages" || group === "apps" ? part : "library";
}

// A process that runs from an earlier bundle may still load parts of it.
function removeLeftovers(written) {
  for (const path of readdirSync(bundleFolder, { recursive: true })) {
    const file = join(bundleFolder, path);
    const stat = statSync(file);
    const isOld = Date.now() - stat.mtimeMs > leftoverMsMax;
    if (stat.isFile() && isOld && !written.has(basename(path))) rmSync(file);
  }
}

/** `@narthex/x` to its sources, as the tests have it. */
function workspaceSources() {
  const aliases = {};
  for (const group of ["packages", "apps"]) {
    for (const folder of readdirSync(join(root, group))) {
      const entry = join(root, group, folder, "src", "index.ts");
      if (!existsSync(entry)) continue;
      const { name } = JSON.parse(readFileSync(join(root, group, folder, "package.json"), "utf8"));
      aliases[name] = entry;
    }
  }
  return aliases;
}

/**
 * `new URL("…", import.meta.url)` names a file from where the module stands, which the bundle is not. Workers become entries
 * of the bundle; other files are named from the bundle's folder.
 */
function filesBesideModules() {
  return {
    name: "files-beside-modules",
    transform(code, id) {
      if (!id.startsWith(root) || id.includes("node_modules") || !code.includes("import.meta.url")) return null;
      const replaced = code.replace(/new URL\("(\.[^"]+)", import\.meta\.url\)/g, (_, path) => {
        const file = resolve(dirname(id), path);
        if (!file.endsWith("worker.js")) return `new URL("${relative(bundleFolder, file)}", import.meta.url)`;
        const source = file.replace("/dist/", "/src/").replace(/\.js$/, ".ts");
        const name = `${dirname(relative(root, source)).split("/").at(-1)}-worker`;
        this.emitFile({ type: "chunk", id: source, name });
        return `new URL("./${name}.js", import.meta.url)`;
      });
      return { code: replaced, map: null };
    },
  };
}

/**
 * What @fastify/compress asks of the first answer loads Node.js' own fetch, 0.06 s of a start. Who has made a Response has
 * loaded it, and it says what it is.
 */
function fetchUnloaded() {
  const question = "obj instanceof Response";
  return {
    name: "fetch-unloaded",
    transform(code, id) {
      if (!id.endsWith("/@fastify/compress/lib/utils.js")) return null;
      if (!code.includes(question)) throw new Error(`@fastify/compress no longer asks: ${question}`);
      return { code: code.replace(question, 'obj?.[Symbol.toStringTag] === "Response"'), map: null };
    },
  };
}

/** V8 keeps a file as it is read, with two bytes per character when one of them is beyond Latin-1: those become escapes. */
function oneByteText() {
  return {
    name: "one-byte-text",
    generateBundle(_options, files) {
      for (const file of Object.values(files)) {
        if (file.type === "chunk") file.code = file.code.replace(/[^\0-\xff]/g, escapeCharacter);
      }
    },
  };
}

function escapeCharacter(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

await bundle();
