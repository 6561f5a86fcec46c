// Puts the `narthex` command and its workers into apps/narthex/bundle: a few files, of which each command loads what it needs.
// Hundreds of small modules instead cost memory and time: see docs/benchmarks.md#memory. The bundle comes from the sources,
// whose types `tsc -b` has checked; source maps lie beside. Run by scripts/setup.mjs.
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./setup.mjs";

const bundleFolder = join(root, "apps", "narthex", "bundle");
const leftoverMsMax = 24 * 3_600_000;

async function bundle() {
  const build = await rolldown({
    input: { main: join(root, "apps", "narthex", "src", "main.ts") },
    platform: "node",
    cwd: root,
    resolve: { alias: workspaceSources() },
    plugins: [filesBesideModules(), oneByteText()],
    onLog(level, log, report) {
      if (level === "warn" && log.code !== "EVAL") report("error", log);
    },
  });
  const { output } = await build.write({
    dir: bundleFolder,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: (chunk) => `${partOf(chunk)}-[hash].js`,
    sourcemap: true,
    // Names and lines stay, for stack traces and profiles; making the files smaller saves a megabyte at most.
    minify: false,
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  await build.close();
  removeLeftovers(new Set(output.map((file) => file.fileName)));
}

/** The package or app whose files a chunk holds. */
function partOf({ moduleIds }) {
  const [group, part] = relative(root, moduleIds.at(-1) ?? "").split("/");
  return group === "packages" || group === "apps" ? part : "library";
}

// A process that runs from an earlier bundle may still load parts of it.
function removeLeftovers(written) {
  for (const name of readdirSync(bundleFolder)) {
    const file = join(bundleFolder, name);
    if (!written.has(name) && Date.now() - statSync(file).mtimeMs > leftoverMsMax) rmSync(file);
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
        this.emitFile({ type: "chunk", id: source, fileName: `${name}.js` });
        return `new URL("./${name}.js", import.meta.url)`;
      });
      return { code: replaced, map: null };
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
